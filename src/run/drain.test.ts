import { expect, test } from 'vitest'
import { addUp } from '../pipeline/monitor.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { flatTimeMs } from './drain.js'

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
