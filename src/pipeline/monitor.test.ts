import { expect, test } from 'vitest'
import { addUp } from './monitor.js'

const section = (config: Readonly<Record<string, unknown>>) => ({
  buffer_config: `<Fluent::Config::Section ${JSON.stringify(config)}>`,
})
const interval = { '@type': 'file', flush_mode: 'default', flush_interval: 1, timekey: null }
const output = (bytes: number, config: Readonly<Record<string, unknown>> = {}) => ({
  plugin_category: 'output',
  buffer_total_queued_size: bytes,
  buffer_queue_length: bytes > 0 ? 1 : 0,
  buffer_stage_length: 0,
  retry: {},
  instance_variables: section({ ...interval, ...config }),
})

test('bytes in files and in memory are told apart, and what does not say counts as memory', () => {
  const unsaid = { buffer_total_queued_size: 4, buffer_queue_length: 1 }
  expect(addUp([output(1), output(2, { '@type': 'memory' })])).toMatchObject({ bytes: 3, memoryBytes: 2 })
  expect(addUp([output(1), unsaid])).toMatchObject({ bytes: 5, memoryBytes: 4, waitingChunks: null })
})

test('chunks that are staged and queued are counted', () => {
  expect(addUp([{ ...output(9), buffer_stage_length: 2 }, output(0)]).waitingChunks).toBe(3)
})

test('a next retry is one only where every output that has something waits for one', () => {
  const retrying = { ...output(5), retry: { next_time: '2026-11-23 09:45:59 +0000' } }
  const atMs = Date.UTC(2026, 10, 23, 9, 45, 59)
  expect(addUp([retrying, output(0)]).nextRetryAtMs).toBe(atMs)
  expect(addUp([{ ...retrying, retry: { next_time: '2026-11-23 11:45:59 +0200' } }]).nextRetryAtMs).toBe(atMs)
  expect(addUp([retrying, output(1)]).nextRetryAtMs).toBeNull()
  expect(addUp([output(0)]).nextRetryAtMs).toBeNull()
})

test('the longest waits are those that Fluentd says it has, not those of a knob', () => {
  const slow = output(0, { flush_interval: 30, retry_max_interval: 60, retry_type: 'exponential_backoff' })
  expect(addUp([output(0), slow])).toMatchObject({ longestFlushMs: 30_000, longestRetryMs: 60_000 })
  const periodic = output(0, { flush_mode: 'immediate', retry_type: 'periodic', retry_wait: 7 })
  expect(addUp([periodic])).toMatchObject({ longestFlushMs: 0, longestRetryMs: 7000 })
  const hourly = output(0, { flush_mode: 'lazy', timekey: 3600, timekey_wait: 600 })
  expect(addUp([hourly]).longestFlushMs).toBe(4_200_000)
  expect(addUp([{ buffer_total_queued_size: 0 }]).longestFlushMs).toBeNull()
})

test('a filter that puts lines together holds them as long as it is told', () => {
  const concat = { plugin_category: 'filter', config: { '@type': 'concat', flush_interval: '2m' } }
  const tail = { plugin_category: 'input', config: { '@type': 'tail', multiline_flush_interval: '5.5' } }
  expect(addUp([concat, output(0)]).longestFlushMs).toBe(120_000)
  expect(addUp([tail, output(0)]).longestFlushMs).toBe(5500)
})
