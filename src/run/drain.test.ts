import { expect, test } from 'vitest'
import { addUp } from '../pipeline/monitor.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { flatTimeMs, stillFlowing, watchFlow } from './drain.js'

const plan = (knobs: Readonly<Record<string, unknown>> = {}) => ({
  knobs: resolveKnobs('hardened', knobs),
  drainDeadlineMs: 60_000,
})

const status = (role: 'forwarder' | 'aggregator', config: Readonly<Record<string, unknown>>) => {
  const buffer = { flush_mode: 'default', timekey: null, ...config }
  const output = { plugin_category: 'output', buffer_total_queued_size: 0 }
  const said = { buffer_config: `<Fluent::Config::Section ${JSON.stringify(buffer)}>` }
  return { role, ...addUp([{ ...output, instance_variables: said }]) }
}

test('silence must last twice as long as Fluentd itself says that lines wait on their way', () => {
  const statuses = [
    status('forwarder', { flush_interval: 30 }),
    status('forwarder', { flush_interval: 1 }),
    status('aggregator', { flush_interval: 4 }),
  ]
  expect(flatTimeMs(plan(), statuses)).toBe(2 * 34_000 + 1000)
})

test('and as the longest wait between retries, but no longer than the deadline', () => {
  const retrying = (seconds: number) => [
    status('forwarder', { flush_interval: 1, retry_max_interval: seconds }),
    status('aggregator', { flush_interval: 1, retry_type: 'periodic', retry_wait: 3 }),
  ]
  expect(flatTimeMs(plan(), retrying(20))).toBe(20_000)
  expect(flatTimeMs(plan(), retrying(600))).toBe(60_000)
})

test('where Fluentd does not say, the knobs do', () => {
  expect(flatTimeMs(plan({ 'forwarder.flushInterval': '20s' }), [])).toBe(2 * 21_000 + 1000)
  expect(flatTimeMs(plan(), [{ role: 'forwarder', ...addUp([{ buffer_total_queued_size: 0 }]) }])).toBe(5000)
})

test("a configuration of the user's own may have waits that nobody knows of", () => {
  expect(flatTimeMs(plan({ 'aggregator.config': 'my.conf' }), [])).toBe(15_000)
})

test('a pipeline that still delivers at the deadline is said to, with how long it would take', () => {
  const flow = watchFlow()
  for (let second = 0; second <= 60; second++) flow.note(second * 1000, second * 20)
  expect(flow.linesPerSecond(60_000, 10_000)).toBe(20)
  expect(stillFlowing({ drainDeadlineMs: 60_000 }, 20, 1400)).toBe(
    'still flowing after 60 s, at 20 lines a second with 1,400 lines to come; raise drainDeadline, to 170s or so',
  )
})

test('a flow that has ended is none, and one that began lately is measured since then', () => {
  const flow = watchFlow()
  expect(flow.linesPerSecond(5000, 10_000)).toBe(0)
  flow.note(0, 100)
  flow.note(4000, 300)
  expect(flow.linesPerSecond(5000, 10_000)).toBe(40)
  expect(flow.linesPerSecond(20_000, 10_000)).toBe(0)
})
