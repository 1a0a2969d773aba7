import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { numberedLines, startTestCollector, type TestCollector } from '../testing/ends.js'
import { createNotary } from '../workload/notary.js'

const waiting = { timeout: 20_000 }

let collector: TestCollector
const over = new AbortController()

beforeEach(async () => {
  collector = await startTestCollector()
  const notary = createNotary(collector.controlUrl, 's01', over.signal)
  const { incarnation } = await notary.register(1)
  await notary.reserve({ upTo: 1000, incarnation })
})
afterEach(() => collector[Symbol.asyncDispose]())

function post(body: Buffer, init: RequestInit = {}): Promise<number> {
  const url = `${collector.dataUrl}/from/aggregator`
  return fetch(url, { method: 'POST', body, ...init }).then((response) => response.status)
}

/** What the ledger has, each request as one list of [stream, first, last]. */
async function stored(): Promise<unknown[][]> {
  const arrivals = await collector.arrivals()
  return arrivals.map((arrival) => arrival.runs.map(([stream, first, last]) => [stream, first, last]))
}

async function counts() {
  const { streams, requests, rejected, unanswered, inFlight } = await collector.state()
  return { delivered: streams.s01?.delivered, requests, rejected, unanswered, inFlight }
}

test('a request is in the ledger when it is answered, its body byte by byte', async () => {
  const [first, second] = [
    numberedLines('s01', 1, 3, { emittedAtMs: 1_700_000_000_000 }),
    Buffer.from('no line'),
  ]
  expect(await post(first)).toBe(200)
  expect(await post(second)).toBe(200)
  expect(await collector.arrivals()).toEqual([
    {
      atMs: expect.any(Number) as unknown,
      request: 1,
      path: '/from/aggregator',
      raw: [0, first.length],
      runs: [['s01', 1, 3, 1_700_000_000_000, 1_700_000_000_000]],
    },
    {
      atMs: expect.any(Number) as unknown,
      request: 2,
      path: '/from/aggregator',
      raw: [first.length, second.length],
      runs: [],
    },
  ])
  expect(await readFile(join(collector.directory, 'arrivals.raw'))).toEqual(Buffer.concat([first, second]))
  expect(await counts()).toEqual({ delivered: 3, requests: 2, rejected: 0, unanswered: 0, inFlight: 0 })
})

test('surplus, damaged, foreign and never reserved lines are told apart', async () => {
  const damaged = numberedLines('s01', 21, 21)
  damaged[65] = 'x'.charCodeAt(0) === damaged[65] ? 'y'.charCodeAt(0) : 'x'.charCodeAt(0)
  await post(Buffer.concat([numberedLines('s01', 1, 10), numberedLines('s01', 4, 6), damaged]))
  await post(Buffer.concat([numberedLines('s01', 5, 5), numberedLines('s01', 2000, 2001)]))
  await post(Buffer.concat([numberedLines('s02', 1, 4), numberedLines('s01', 7, 9, { run: 'otherrun' })]))
  const { streams, unexpected } = await collector.state()
  expect(streams.s01).toMatchObject({ delivered: 10, duplicated: 4, corrupted: 1 })
  expect(unexpected).toBe(2 + 4 + 3)
  const [one, , three] = await collector.arrivals()
  expect(one?.corrupted).toEqual([{ reason: 'payload', stream: 's01', seq: 21 }])
  expect(three?.unexpected).toEqual([{ run: 'otherrun', stream: 's01', first: 7, last: 9 }])
})

test('a gzip body is stored unpacked, and one that only claims to be gzip as it came', async () => {
  const lines = numberedLines('s01', 1, 3)
  const headers = { 'content-encoding': 'gzip' }
  expect(await post(gzipSync(lines), { headers })).toBe(200)
  expect(await post(numberedLines('s01', 4, 4), { headers })).toBe(200)
  const [packed, claimed] = await collector.arrivals()
  expect(packed).toMatchObject({ contentEncoding: 'gzip', raw: [0, lines.length] })
  expect(claimed).toMatchObject({ contentEncoding: 'undecodable', raw: [lines.length, lines.length / 3] })
})

test('refuse closes the port and idle connections; afterwards it is open again on the same port', async () => {
  expect(await post(numberedLines('s01', 1, 1))).toBe(200)
  await collector.setBehaviour({ mode: 'refuse' })
  await expect(post(numberedLines('s01', 2, 2))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  await collector.setBehaviour({ mode: 'normal' })
  expect(await post(numberedLines('s01', 3, 3))).toBe(200)
  expect(await stored()).toEqual([[['s01', 1, 1]], [['s01', 3, 3]]])
})

test('unavailable answers 503 and stores nothing', async () => {
  await collector.setBehaviour({ mode: 'unavailable' })
  expect(await post(numberedLines('s01', 1, 1))).toBe(503)
  expect(await stored()).toEqual([])
  expect(await counts()).toMatchObject({ rejected: 1, delivered: 0 })
})

test('hang answers nothing; leaving it cuts what hung, unstored', async () => {
  await collector.setBehaviour({ mode: 'hang' })
  const hung = post(numberedLines('s01', 1, 1))
  const cut = expect(hung).rejects.toThrow('fetch failed')
  await expect.poll(counts, waiting).toMatchObject({ rejected: 1, inFlight: 1 })
  await collector.setBehaviour({ mode: 'normal' })
  await cut
  expect(await stored()).toEqual([])
})

test('hold keeps requests until they are released: then they are stored in order, and answered', async () => {
  await collector.setBehaviour({ mode: 'hold' })
  const first = post(numberedLines('s01', 1, 5))
  await expect.poll(async () => (await collector.state()).held, waiting).toHaveLength(1)
  const second = post(numberedLines('s01', 6, 7))
  await expect.poll(async () => (await collector.state()).held, waiting).toHaveLength(2)
  expect((await collector.state()).held).toMatchObject([
    { path: '/from/aggregator', bytes: 505, lines: 5, connected: true },
    { path: '/from/aggregator', bytes: 202, lines: 2, connected: true },
  ])
  expect(await stored()).toEqual([])
  expect(await collector.release()).toEqual({ released: 2, lines: 7 })
  expect(await Promise.all([first, second])).toEqual([200, 200])
  expect(await stored()).toEqual([[['s01', 1, 5]], [['s01', 6, 7]]])
  expect(await collector.state()).toMatchObject({ behaviour: { mode: 'normal' }, held: [] })
})

test('a held request whose client has gone is stored at its release, and marked', async () => {
  await collector.setBehaviour({ mode: 'hold' })
  const client = new AbortController()
  const given = post(numberedLines('s01', 1, 5), { signal: client.signal }).catch(() => 'gone')
  await expect.poll(async () => (await collector.state()).held, waiting).toHaveLength(1)
  client.abort()
  expect(await given).toBe('gone')
  await expect.poll(async () => (await collector.state()).held, waiting).toMatchObject([{ connected: false }])
  expect(await collector.release()).toEqual({ released: 1, lines: 5 })
  expect(await collector.arrivals()).toMatchObject([{ clientGone: true }])
  expect(await stored()).toEqual([[['s01', 1, 5]]])
  expect(await counts()).toMatchObject({ unanswered: 1, delivered: 5 })
})

test('slow stores at once and answers later', async () => {
  await collector.setBehaviour({ mode: 'slow', delayMs: 600_000 })
  const client = new AbortController()
  const given = post(numberedLines('s01', 1, 1), { signal: client.signal }).catch(() => 'gave up')
  await expect.poll(stored, waiting).toEqual([[['s01', 1, 1]]])
  expect(await counts()).toMatchObject({ inFlight: 1, unanswered: 0 })
  client.abort()
  expect(await given).toBe('gave up')
  await expect.poll(counts, waiting).toMatchObject({ inFlight: 0, unanswered: 1 })
  await collector.setBehaviour({ mode: 'slow', delayMs: 1 })
  expect(await post(numberedLines('s01', 2, 2))).toBe(200)
})

test('store-then-drop stores and cuts the connection without an answer', async () => {
  await collector.setBehaviour({ mode: 'store-then-drop' })
  await expect(post(numberedLines('s01', 1, 1))).rejects.toThrow('fetch failed')
  expect(await stored()).toEqual([[['s01', 1, 1]]])
  expect(await counts()).toMatchObject({ delivered: 1, unanswered: 1, rejected: 0 })
})

test('what was under way when the port closed is answered, and its connection does not outlive that', async () => {
  await collector.setBehaviour({ mode: 'hold' })
  const held = post(numberedLines('s01', 1, 1))
  await expect.poll(async () => (await collector.state()).held, waiting).toHaveLength(1)
  await collector.setBehaviour({ mode: 'refuse' })
  await expect(post(numberedLines('s01', 2, 2))).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  expect(await collector.release()).toEqual({ released: 1, lines: 1 })
  expect(await held).toBe(200)
})

test('refuse also cuts a connection that is open and has nothing under way', async () => {
  const socket = connect(collector.dataPort, '127.0.0.1')
  await once(socket, 'connect')
  const cut = once(socket, 'close')
  await collector.setBehaviour({ mode: 'refuse' })
  await cut
})

test('a body whose client left half-way is neither stored nor under way any more', async () => {
  const socket = connect(collector.dataPort, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: collector\r\nContent-Length: 1000\r\n\r\n')
  socket.write(numberedLines('s01', 1, 5))
  await expect.poll(counts, waiting).toMatchObject({ requests: 1, inFlight: 1 })
  socket.destroy()
  await expect.poll(counts, waiting).toMatchObject({ requests: 1, inFlight: 0, rejected: 0 })
  expect(await stored()).toEqual([])
})

test('many requests at once are all stored, each once and whole', async () => {
  const bodies = Array.from({ length: 60 }, (_, index) =>
    numberedLines('s01', index * 10 + 1, index * 10 + 10),
  )
  expect(new Set(await Promise.all(bodies.map((body) => post(body))))).toEqual(new Set([200]))
  const raw = await readFile(join(collector.directory, 'arrivals.raw'))
  const arrivals = await collector.arrivals()
  for (const { raw: place, runs } of arrivals) {
    const [offset, length] = place ?? [0, 0]
    const body = bodies[((runs[0]?.[1] ?? 0) - 1) / 10]
    expect(raw.subarray(offset, offset + length)).toEqual(body)
  }
  expect(await counts()).toMatchObject({ delivered: 600, requests: 60 })
})

test('latency and samples are written as the counts change, and whole at the end', async () => {
  await post(numberedLines('s01', 1, 10, { emittedAtMs: Date.now() - 5_000 }))
  await post(numberedLines('s01', 1, 5))
  await collector.finish()
  const file = JSON.parse(await readFile(join(collector.directory, 'latency.json'), 'utf8')) as {
    streams: Record<string, { p50: number; count: number }>
    total: { count: number }
  }
  expect(file.total.count).toBe(10)
  expect(file.streams.s01?.count).toBe(10)
  expect(file.streams.s01?.p50).toBeGreaterThanOrEqual(5_000)
  const samples = (await readFile(join(collector.directory, 'samples.ndjson'), 'utf8')).trim().split('\n')
  expect(JSON.parse(samples.at(-1) ?? '')).toMatchObject({ sent: 0, delivered: 10, duplicated: 5 })
})
