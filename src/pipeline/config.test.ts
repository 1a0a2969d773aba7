import { describe, expect, test } from 'vitest'
import { resolveKnobs } from '../scenario/profiles.js'
import { aggregatorConfig } from './aggregator.js'
import { withMonitorAgent, workersOf } from './common-config.js'
import { fluentdSeconds } from './buffer.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { literal, renderConfig } from './fluentd-config.js'
import { configPath } from './fluentd-pod.js'
import { forwarderConfig, forwarderPod } from './forwarder.js'

const endpoints: Endpoints = {
  aggregator: { host: '127.0.0.9', port: 24224 },
  forwardTo: { 'node-1': { host: '127.0.0.9', port: 24225 } },
  aggregatorMonitor: { host: '127.0.0.9', port: 24220 },
  forwarderMonitors: { 'node-1': { host: '127.0.0.9', port: 24221 } },
  collectorUrls: {
    forwarder: 'http://127.0.0.9:8080/from/forwarder',
    aggregator: 'http://127.0.0.9:8080/from/aggregator',
  },
  controlUrl: 'http://127.0.0.9:8081',
}

test('durations are written as bare seconds, as Fluentd would read 0.5s as five', () => {
  expect(fluentdSeconds('500ms')).toBe(0.5)
  expect(fluentdSeconds('1m')).toBe(60)
})

test('directives nest, and parameters without a value are left out', () => {
  expect(
    renderConfig([
      {
        name: 'match',
        argument: '**',
        parameters: { a: 1, b: undefined },
        directives: [undefined, { name: 'buffer' }],
      },
    ]),
  ).toBe('<match **>\n  a 1\n  <buffer>\n  </buffer>\n</match>\n')
})

test('a literal keeps quotes and backslashes', () => {
  expect(literal(`a 'b' \\c`)).toBe(`'a \\'b\\' \\\\c'`)
})

describe('forwarder', () => {
  const config = (...knobs: Record<string, unknown>[]) => forwarderConfig(resolveKnobs('hardened', ...knobs))

  test.each([
    ['forwarder.posFile', false, /pos_file/, false],
    ['forwarder.posFile', true, /pos_file '\$\{ROOT\}\/var\/lib\/fluentd\/containers.pos'/, true],
    ['forwarder.readFromHead', false, /read_from_head false/, true],
    ['forwarder.buffer', 'memory', /@type memory/, true],
    ['forwarder.buffer', 'memory', /path '\$\{ROOT\}\/var\/lib\/fluentd\/buffer'/, false],
    ['forwarder.flushAtShutdown', 'default', /flush_at_shutdown/, false],
    ['forwarder.flushAtShutdown', 'false', /flush_at_shutdown false/, true],
    ['forwarder.readBytesLimitPerSecond', '64k', /read_bytes_limit_per_second 64k/, true],
    ['forward.requireAck', false, /require_ack_response false/, true],
    ['forward.requireAck', false, /ack_response_timeout/, false],
    ['forward.compress', 'gzip', /compress gzip/, true],
    ['forwarder.flushMode', 'immediate', /flush_interval/, false],
  ])('%s=%s: %s is there: %s', (knob, value, pattern, there) => {
    expect(pattern.test(config({ [knob]: value }))).toBe(there)
  })

  test('a retry limit with a secondary', () => {
    const text = config({
      'forwarder.retryForever': false,
      'forwarder.retryMaxTimes': 3,
      'forwarder.secondary': true,
    })
    expect(text).toMatch(/retry_max_times 3/)
    expect(text).toMatch(
      /<secondary>\n\s+@type secondary_file\n\s+directory '\$\{ROOT\}\/var\/lib\/fluentd\/secondary'/,
    )
  })
})

test('a snippet comes before the output, or its filters would see nothing', () => {
  const knobs = resolveKnobs('hardened', { 'forwarder.snippet': '<filter **>\n</filter>' })
  const program = { version: '1.16.11', command: ['fluentd'], env: {} }
  const config = forwarderPod(knobs, 'node-1', endpoints, program).files[configPath]
  expect(config?.match(/^<(source|filter|match)/gm)).toEqual(['<source', '<source', '<filter', '<match'])
})

test('aggregator takes what is forwarded and posts it', () => {
  const text = aggregatorConfig(resolveKnobs('naive'), endpoints)
  expect(text).toMatch(/@type forward\n\s+bind 127.0.0.9\n\s+port 24224/)
  expect(text).toMatch(/endpoint http:\/\/127.0.0.9:8080\/from\/aggregator/)
  expect(text).toMatch(/retryable_response_codes \[503\]/)
  expect(text).toMatch(/@type memory/)
})

describe("a configuration of the user's own", () => {
  const own = '<source>\n  @type forward\n</source>\n'
  const agent = (port: string) => `<source>\n  @type monitor_agent\n  port ${port}\n</source>\n`

  test('gets a monitor_agent in front, or nobody would see what it holds', () => {
    expect(withMonitorAgent(own)).toMatch(
      /^<source>\n {2}@type monitor_agent\n {2}bind .*MONITOR_HOST.*\n {2}port .*MONITOR_PORT.*\n/,
    )
    expect(withMonitorAgent(own).endsWith(`</source>\n\n${own}`)).toBe(true)
  })

  test('keeps its own if that is where it was told to be, and gets a second one if not', () => {
    const told = agent(`"#{ENV['MONITOR_PORT']}"`)
    expect(withMonitorAgent(told)).toBe(told)
    expect(withMonitorAgent(agent('24220')).match(/@type monitor_agent/g)).toHaveLength(2)
  })

  test('may ask for several workers', () => {
    expect(workersOf('<system>\n  workers 3\n</system>')).toBe(3)
    expect(workersOf(own)).toBe(1)
  })
})

test('a forwarder reads what applications write to files themselves, if they do, with positions of its own', () => {
  const sources = (logsTo: string) =>
    forwarderConfig(resolveKnobs('hardened', { 'app.logsTo': logsTo }))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^(path|pos_file|expression|@type none) ?/.test(line))
      .filter((line) => !line.startsWith('expression'))
  const containers = ['path var/log/containers/*.log', "pos_file '${ROOT}/var/lib/fluentd/containers.pos'"]
  const apps = ['path var/log/apps/*.log', "pos_file '${ROOT}/var/lib/fluentd/apps.pos'", '@type none']
  const buffer = "path 'var/lib/fluentd/buffer'"
  expect(sources('stdout')).toEqual([...containers, buffer])
  expect(sources('hostPath')).toEqual([...containers, ...apps, buffer])
})
