import { describe, expect, test } from 'vitest'
import { parseKnob, parseKnobArgument } from './knobs.js'
import { profileNames, resolveKnobs } from './profiles.js'

describe('knobs', () => {
  test('a value of the command line gets its type', () => {
    expect(parseKnobArgument('forwarder.posFile=false')).toEqual(['forwarder.posFile', false])
    expect(parseKnobArgument('forwarder.flushThreadCount=4')).toEqual(['forwarder.flushThreadCount', 4])
    expect(parseKnobArgument('aggregator.retryableResponseCodes=500,503')).toEqual([
      'aggregator.retryableResponseCodes',
      '500,503',
    ])
  })

  test('an unknown knob is answered with the near ones', () => {
    expect(() => parseKnob('forwarder.bufer', 'file')).toThrow(
      'there is no knob "forwarder.bufer". Did you mean "forwarder.buffer"?',
    )
  })

  test.each([
    ['forwarder.buffer', 'disk', 'it takes file, memory'],
    ['forwarder.posFile', 'yes', 'it takes true or false'],
    ['forwarder.flushInterval', '5', 'it takes a duration such as 500ms, 2s, 1m'],
    ['forwarder.flushThreadCount', '0', 'it takes a whole number from 1'],
    ['forwarder.chunkLimitSize', '8 MB', 'it takes a size such as 512k, 8m, 1g'],
  ])('%s=%s names the possible values', (name, value, message) => {
    expect(() => parseKnob(name, value)).toThrow(message)
  })

  test('NAME=VALUE is asked for where there is no =', () => {
    expect(() => parseKnobArgument('forwarder.buffer')).toThrow('write it as NAME=VALUE')
  })
})

describe('profiles', () => {
  test.each(profileNames)('%s sets every knob', (profile) => {
    expect(() => resolveKnobs(profile)).not.toThrow()
  })

  test('a later layer wins', () => {
    const knobs = resolveKnobs('hardened', { 'forwarder.buffer': 'memory' }, { 'forwarder.buffer': 'file' })
    expect(knobs['forwarder.buffer']).toBe('file')
  })

  test('combinations that Fluentd refuses or that contradict each other are all named', () => {
    expect(() =>
      resolveKnobs('naive', {
        'forwarder.followInodes': true,
        'aggregator.retryForever': true,
        'aggregator.retryMaxTimes': 3,
      }),
    ).toThrow(
      /forwarder.followInodes=true needs forwarder.posFile=true.*aggregator.retryMaxTimes=3 exclude each other/s,
    )
  })
})
