import { describe, expect, test } from 'vitest'
import { type Result } from '../store/result.js'
import { injected, measured } from '../testing/measured.js'
import { samplesOf } from './samples.js'

const counts = (results: readonly Result[]) =>
  samplesOf(results).map(({ newest, conclusive, inconclusive, ofOtherKinds }) => [
    newest.startedAtMs,
    conclusive.length,
    inconclusive.length,
    ofOtherKinds,
  ])

describe('samplesOf', () => {
  test('each variant, profile and testbed is a sample, in the order of their newest runs', () => {
    const results = [
      measured('a', 'pass', 5),
      measured('a', 'pass', 40),
      measured('b', 'pass', 10),
      measured('a', 'pass', 20, { profile: 'naive' }),
      measured('a', 'pass', 30, { testbed: 'kind' }),
    ]
    expect(counts(results)).toEqual([
      [10, 1, 0, 0],
      [20, 1, 0, 0],
      [30, 1, 0, 0],
      [40, 2, 0, 0],
    ])
  })

  test('runs that prove nothing are counted apart', () => {
    const results = [measured('a', 'fail', 1), measured('a', 'inconclusive', 2), measured('a', 'pass', 3)]
    expect(counts(results)).toEqual([[3, 2, 1, 0]])
  })

  const kill = injected('kill', '5 lines sent', 1)
  test.each<[string, Partial<Result>, Partial<Result>, repeats: boolean]>([
    ['the same', {}, {}, true],
    ['another Fluentd', { versions: { fluentd: '1.12.1' } }, { versions: { fluentd: '1.16.11' } }, false],
    ['another machine', { versions: { os: 'Linux 5' } }, { versions: { os: 'Linux 6' } }, true],
    ['another setting', { knobs: { 'a.b': 1, 'a.c': 1 } }, { knobs: { 'a.b': 1, 'a.c': 2 } }, false],
    ['a knob that came later', { knobs: { 'a.b': 1 } }, { knobs: { 'a.b': 1, 'a.c': 2 } }, true],
    ['a knob that went', { knobs: { 'a.b': 1, 'a.c': 2 } }, { knobs: { 'a.b': 1 } }, true],
    ['at another time', { faults: [injected('kill', '9 lines sent', 1)] }, { faults: [kill] }, false],
    ['another fault', { faults: [injected('stop', '5 lines sent', 1)] }, { faults: [kill] }, false],
    ['one fault more', { faults: [kill] }, { faults: [kill, injected('stop', '9 s later', 2)] }, true],
    ['the fault again', { faults: [kill] }, { faults: [kill, injected('kill', '5 lines sent', 9)] }, true],
  ])('%s', (_, older, newer, repeats) => {
    const results = [measured('a', 'pass', 1, older), measured('a', 'pass', 2, newer)]
    expect(counts(results)).toEqual([repeats ? [2, 2, 0, 0] : [2, 1, 0, 1]])
  })
})
