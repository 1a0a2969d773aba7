import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { RangeSet } from '../account/range-set.js'
import { freeEndpoints } from '../testbed/local/addresses.js'
import { type Endpoint } from '../testbed/endpoints.js'
import { numberedLines, startTestCollector } from '../testing/ends.js'
import { startTestFluentd } from '../testing/fluentd.js'
import { startTestTap } from '../testing/tap.js'
import { until } from '../until.js'

const forwarder = (log: string, directory: string, to: Endpoint, ack: boolean) => `
<source>
  @type tail
  path ${JSON.stringify(log)}
  tag app.log
  read_from_head true
  pos_file ${JSON.stringify(join(directory, 'pos'))}
  <parse>
    @type none
  </parse>
</source>
<match app.**>
  @type forward
  require_ack_response ${String(ack)}
  ack_response_timeout 5
  compress gzip
  heartbeat_type udp
  recover_wait 1
  <server>
    host ${to.host}
    port ${String(to.port)}
  </server>
  <buffer tag>
    @type memory
    flush_interval 0.1
    flush_thread_interval 0.05
    flush_thread_burst_interval 0.05
    retry_type periodic
    retry_wait 0.3
    retry_forever true
  </buffer>
</match>`

const aggregator = (at: Endpoint, collectorUrl: string, directory: string) => `
<source>
  @type forward
  bind ${at.host}
  port ${String(at.port)}
</source>
<match app.**>
  @type http
  endpoint ${collectorUrl}/from/aggregator
  <format>
    @type json
  </format>
  <buffer tag>
    @type file
    path ${JSON.stringify(join(directory, 'buffer'))}
    flush_interval 0.2
    flush_thread_interval 0.05
  </buffer>
</match>`

test('what crosses between two real Fluentds is told, through the death of the aggregator', async () => {
  await using tap = await startTestTap()
  await using collector = await startTestCollector()
  const [first, second] = await freeEndpoints(tap.near.host, 2)
  const log = join(tap.directory, 'app.log')
  writeFileSync(log, '')
  await using receiving = await startTestFluentd(
    tap.directory,
    'aggregator',
    first!,
    aggregator(tap.far, collector.dataUrl, tap.directory),
  )
  await using sending = await startTestFluentd(
    tap.directory,
    'forwarder',
    second!,
    forwarder(log, tap.directory, tap.near, true),
  )
  let written = 0
  const write = (lines: number) => {
    appendFileSync(log, numberedLines('s00', written + 1, written + lines))
    written += lines
  }
  const delivered = async () => {
    const lines = new RangeSet()
    for (const { runs } of await collector.arrivals()) for (const [, from, to] of runs) lines.add(from, to)
    return lines
  }
  const allDelivered = () =>
    until(`${String(written)} lines to arrive`, {
      timeoutMs: 40_000,
      poll: async () => ((await delivered()).count === written ? true : undefined),
    })

  const writing = setInterval(() => {
    write(100)
  }, 20)
  await expect.poll(async () => (await tap.told('ack')).length, { timeout: 20_000 }).toBeGreaterThan(2)
  await receiving.signal('SIGKILL')
  // It is refused, or has given the aggregator up already because that closed a connection before its ack.
  await until('out_forward to fail', {
    timeoutMs: 20_000,
    poll: async () => (/ECONNREFUSED|NoNodesAvailable/.test(await sending.log()) ? true : undefined),
  })
  await receiving.start()
  clearInterval(writing)
  write(10)
  await allDelivered()

  // A line may be delivered before its chunk is acknowledged, and one that was sent twice before it is for good.
  const chunksOf = async (type: 'message' | 'ack') =>
    new Set((await tap.told(type)).map(({ chunk }) => chunk))
  await until('every chunk to be acknowledged', {
    timeoutMs: 40_000,
    poll: async () => isDeepStrictEqual(await chunksOf('ack'), await chunksOf('message')) || undefined,
  })
  await until('out_forward to say that it succeeded', {
    timeoutMs: 20_000,
    poll: async () => (await sending.log()).includes('retry succeeded. chunk_id="') || undefined,
  })

  const crossed = new RangeSet()
  const messages = await tap.told('message')
  for (const { runs } of messages) for (const [, from, to] of runs) crossed.add(from, to)
  expect(crossed.ranges()).toEqual([[1, written]])
  expect(new Set(messages.map(({ mode, compressed }) => `${mode} ${String(compressed)}`))).toEqual(
    new Set(['compressed-packed-forward gzip']),
  )
  // Its processes do not die in one moment, so that the port may be there once more in between.
  const gates = (await tap.told('gate')).map(({ listening }) => listening)
  expect(gates.slice(0, 2)).toEqual([true, false])
  expect(gates.at(-1)).toBe(true)
  expect((await tap.told('swallowed')).filter(({ chunk }) => chunk === null)).toEqual([])
})
