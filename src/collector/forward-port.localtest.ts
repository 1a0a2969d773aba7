import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { decodeMultiStream, encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { numberedLines, startTestCollector } from '../testing/ends.js'
import { type Collector } from './start.js'

const waiting = { timeout: 20_000 }

/** Events of numbered lines, as Fluentd's in_tail makes them. */
function eventsOf(first: number, last: number): [number, { log: string }][] {
  const lines = numberedLines('s00', first, last).toString().trim().split('\n')
  return lines.map((log) => [1_700_000_000, { log }])
}

const packed = (first: number, last: number) =>
  Buffer.concat(eventsOf(first, last).map((event) => encode(event)))

async function dial(collector: Collector): Promise<Socket> {
  const socket = connect(collector.forwardPort ?? 0, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function nextAnswer(socket: Socket): Promise<unknown> {
  for await (const answer of decodeMultiStream(socket.iterator({ destroyOnReturn: false }))) return answer
  return 'closed'
}

const runsOf = async (collector: Awaited<ReturnType<typeof startTestCollector>>) =>
  (await collector.arrivals()).map(({ path, runs, contentEncoding }) => ({
    path,
    runs: runs.map(([stream, first, last]) => [stream, first, last]),
    ...(contentEncoding && { contentEncoding }),
  }))

const message = (first: number, last: number, chunk?: string) =>
  encode(['app.log', packed(first, last), { size: last - first + 1, ...(chunk !== undefined && { chunk }) }])

test('a message of every mode is in the ledger before it is acknowledged', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  const socket = await dial(collector)
  const [event] = eventsOf(1, 1)
  const sent: [unknown[], string][] = [
    [['app.log', ...event!], 'message'],
    [['app.log', eventsOf(2, 4)], 'forward'],
    [['app.log', packed(5, 7)], 'packed'],
    [['app.log', gzipSync(packed(8, 9))], 'compressed'],
  ]
  const seen: unknown[] = []
  for (const [parts, chunk] of sent) {
    socket.write(encode([...parts, { chunk, ...(chunk === 'compressed' && { compressed: 'gzip' }) }]))
    expect(await nextAnswer(socket)).toEqual({ ack: chunk })
    seen.push((await runsOf(collector)).at(-1))
  }
  const path = '/from/forwarder'
  expect(seen).toEqual([
    { path, runs: [['s00', 1, 1]] },
    { path, runs: [['s00', 2, 4]] },
    { path, runs: [['s00', 5, 7]] },
    { path, runs: [['s00', 8, 9]], contentEncoding: 'gzip' },
  ])
  expect(await collector.state()).toMatchObject({ requests: 4, rejected: 0, unanswered: 0, inFlight: 0 })
  socket.destroy()
})

test('a client that asks for no acknowledgement gets none, and may have gone', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  const socket = await dial(collector)
  socket.end(message(1, 50))
  expect(await nextAnswer(socket)).toBe('closed')
  await expect
    .poll(() => collector.state(), waiting)
    .toMatchObject({ requests: 1, unanswered: 0, inFlight: 0 })
  expect(await runsOf(collector)).toEqual([{ path: '/from/forwarder', runs: [['s00', 1, 50]] }])
  expect((await collector.arrivals())[0]?.clientGone).toBeUndefined()
})

test('what is held is acknowledged when it is released', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  await collector.setBehaviour({ mode: 'hold' })
  const socket = await dial(collector)
  socket.write(message(1, 3, 'one'))
  socket.write(message(4, 5, 'two'))
  await expect
    .poll(async () => (await collector.state()).held.map(({ lines }) => lines), waiting)
    .toEqual([3, 2])
  expect(await collector.arrivals()).toEqual([])
  const answer = nextAnswer(socket)
  expect(await collector.release()).toEqual({ released: 2, lines: 5 })
  expect(await answer).toEqual({ ack: 'one' })
  expect((await runsOf(collector)).map(({ runs }) => runs)).toEqual([[['s00', 1, 3]], [['s00', 4, 5]]])
  socket.destroy()
})

test('an acknowledgement that is dropped leaves the message stored and its connection cut', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  await collector.setBehaviour({ mode: 'store-then-drop' })
  const socket = await dial(collector)
  socket.write(message(1, 3, 'one'))
  expect(await nextAnswer(socket)).toBe('closed')
  expect((await runsOf(collector)).map(({ runs }) => runs)).toEqual([[['s00', 1, 3]]])
  expect((await collector.state()).unanswered).toBe(1)
})

test.each(['unavailable', 'hang'] as const)(
  '%s: nothing is stored and nothing acknowledged',
  async (mode) => {
    await using collector = await startTestCollector({ forwardPort: 0 })
    await collector.setBehaviour({ mode })
    const socket = await dial(collector)
    socket.write(message(1, 3, 'one'))
    const answer = nextAnswer(socket)
    await expect.poll(async () => (await collector.state()).rejected, waiting).toBe(1)
    await collector.setBehaviour({ mode: 'normal' })
    expect(await answer).toBe('closed')
    expect(await collector.arrivals()).toEqual([])
  },
)

test('slow: stored at once, acknowledged late; a client that has left meanwhile is counted', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  await collector.setBehaviour({ mode: 'slow', delayMs: 60_000 })
  const socket = await dial(collector)
  socket.write(message(1, 3, 'one'))
  await expect.poll(async () => (await collector.arrivals()).length, waiting).toBe(1)
  expect((await collector.state()).inFlight).toBe(1)
  socket.destroy()
  await expect.poll(async () => (await collector.state()).unanswered, waiting).toBe(1)
  expect((await collector.state()).inFlight).toBe(0)
})

test('refuse closes both ports, and normal opens them again', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  const idle = await dial(collector)
  const closed = once(idle, 'close')
  await collector.setBehaviour({ mode: 'refuse' })
  await closed
  await expect(dial(collector)).rejects.toThrow(/ECONNREFUSED/)
  await collector.setBehaviour({ mode: 'normal' })
  const socket = await dial(collector)
  socket.write(message(1, 1, 'one'))
  expect(await nextAnswer(socket)).toEqual({ ack: 'one' })
  socket.destroy()
})

test('half a message, JSON and a damaged gzip are no arrivals of lines', async () => {
  await using collector = await startTestCollector({ forwardPort: 0 })
  const half = await dial(collector)
  half.end(message(1, 9, 'one').subarray(0, 300))
  expect(await nextAnswer(half)).toBe('closed')
  const json = await dial(collector)
  json.write('["app.log",1,{"a":"b"}]')
  expect(await nextAnswer(json)).toBe('closed')
  const damaged = await dial(collector)
  damaged.write(encode(['app.log', Buffer.from('no gzip'), { compressed: 'gzip', chunk: 'one' }]))
  expect(await nextAnswer(damaged)).toEqual({ ack: 'one' })
  expect(await runsOf(collector)).toEqual([
    { path: '/from/forwarder', runs: [], contentEncoding: 'undecodable' },
  ])
  expect((await collector.state()).inFlight).toBe(0)
  damaged.destroy()
})
