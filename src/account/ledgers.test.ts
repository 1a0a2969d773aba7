import { describe, expect, it } from 'vitest'

import { type Arrival, arrivalSchema, type SentEntry, sentEntrySchema } from '../collector/protocol.js'
import { account } from './account.js'
import { createArrivalTextReader } from './arrival-text.js'
import { foldArrivals } from './arrivals.js'
import { createLedgerTextReader } from './ledger-text.js'
import { RangeSet } from './range-set.js'
import { readSentLedger } from './sent-ledger.js'
import { type ArrivalRun, createStreamAccount } from './stream-account.js'

const stream = 's01'
const registered = (nextSeq: number, incarnation = 1): SentEntry => ({
  type: 'registered',
  atMs: 1,
  stream,
  incarnation,
  nextSeq,
})
const reserved = (upTo: number): SentEntry => ({ type: 'reserved', atMs: 1, stream, upTo })
const sent = (upTo: number): SentEntry => ({ type: 'sent', atMs: 1, stream, upTo })
const ended: SentEntry = { type: 'ended', atMs: 1, stream }

function arrived(...runs: [first: number, last: number][]): Arrival {
  return {
    atMs: 10_000,
    request: 1,
    path: '/from/aggregator',
    raw: null,
    runs: runs.map(([first, last]) => [stream, first, last, 1000 * first, 1000 * last]),
  }
}

function numbers(entries: SentEntry[]) {
  const found = readSentLedger(entries).get(stream)
  return { sent: found?.sent.ranges(), indeterminate: found?.indeterminate.ranges() }
}

describe('the sent ledger', () => {
  it('leaves what was reserved and not reported indeterminate, when the emitter died or never ended', () => {
    expect(numbers([registered(1), reserved(100), sent(60), sent(59)])).toEqual({
      sent: [[1, 60]],
      indeterminate: [[61, 100]],
    })
    expect(numbers([registered(1), reserved(100), sent(60), registered(101, 2), reserved(150)])).toEqual({
      sent: [[1, 60]],
      indeterminate: [[61, 150]],
    })
  })

  it('takes an emitter that ended at its word, and one that starts after it', () => {
    expect(numbers([registered(1), reserved(100), sent(60), ended])).toEqual({
      sent: [[1, 60]],
      indeterminate: [],
    })
    const again = [registered(61, 2), reserved(90), sent(70), ended]
    expect(numbers([registered(1), reserved(100), sent(60), ended, ...again])).toEqual({
      sent: [[1, 70]],
      indeterminate: [],
    })
  })

  it('never takes a late or empty report for lines of an earlier incarnation', () => {
    const entries = [registered(1), reserved(100), sent(60), registered(101, 2), sent(100), sent(80)]
    expect(numbers(entries)).toEqual({ sent: [[1, 60]], indeterminate: [[61, 100]] })
  })

  it('knows nothing of a stream that nobody registered', () => {
    expect(readSentLedger([]).get(stream)).toBeUndefined()
  })
})

describe('the account', () => {
  it('names every kind of finding and nets none', () => {
    const sentNumbers = readSentLedger([registered(1), reserved(120), sent(100)])
    const arrivals = foldArrivals(
      [
        arrived([1, 10], [21, 40], [15, 16]),
        { ...arrived([21, 40], [30, 31]), corrupted: [{ reason: 'payload', stream, seq: 50 }] },
        {
          ...arrived([41, 49], [103, 103], [500, 502]),
          unexpected: [{ run: 'other000', stream, first: 3, last: 9 }],
        },
        {
          ...arrived(),
          runs: [['s99', 1, 4, 0, 0]],
          corrupted: [{ reason: 'header', stream: null, seq: null }],
        },
      ],
      sentNumbers,
    )
    const held = [
      {
        station: 'forwarder buffer',
        stream,
        lines: RangeSet.of([
          [40, 60],
          [105, 105],
        ]),
      },
      { station: 'aggregator buffer', stream, lines: RangeSet.of([[55, 70]]) },
    ]
    const { totals, streams } = account({ sent: sentNumbers, arrivals, held })
    const counts = {
      sent: 102,
      indeterminate: 18,
      delivered: 42,
      lost: 38,
      duplicated: 22,
      reordered: 2,
      corrupted: 1,
      unexpected: 3,
      stranded: 22,
      late: 0,
    }
    expect(streams).toEqual([
      {
        stream,
        ...counts,
        lostRanges: [
          [11, 14],
          [17, 20],
          [71, 100],
        ],
        duplicatedRanges: [[21, 40]],
        strandedAt: [
          {
            station: 'forwarder buffer',
            lines: 6,
            ranges: [
              [50, 54],
              [105, 105],
            ],
          },
          { station: 'aggregator buffer', lines: 16, ranges: [[55, 70]] },
        ],
      },
    ])
    expect(totals).toEqual({ ...counts, corrupted: 2, unexpected: 14 })
  })

  it('judges a billion lines as one run or as many', () => {
    const last = 1_000_000_000
    const sentNumbers = readSentLedger([registered(1), reserved(last), sent(last), ended])
    function* inRequests(): Generator<Arrival> {
      for (let first = 1; first <= last; first += 100_000) yield arrived([first, first + 99_999])
    }
    for (const entries of [[arrived([1, last])], inRequests()]) {
      const { totals, streams } = account({ sent: sentNumbers, arrivals: foldArrivals(entries, sentNumbers) })
      expect(totals).toMatchObject({ sent: last, delivered: last, lost: 0, duplicated: 0, reordered: 0 })
      expect(streams[0]).toMatchObject({ lostRanges: [], duplicatedRanges: [] })
    }
  })
})

describe('a stream', () => {
  it('counts a line late by its first arrival', () => {
    const parts: ArrivalRun[] = []
    const late = createStreamAccount({ lateAfterMs: 2000, onFirstArrival: (run) => parts.push(run) })
    const run = { first: 1, last: 11, emittedAtMsFirst: 0, emittedAtMsLast: 10_000 }
    late.arrive({ ...run, last: 3, emittedAtMsLast: 2000, arrivedAtMs: 2000 })
    expect(late.late).toBe(0)
    late.arrive({ ...run, arrivedAtMs: 8500 })
    // Emitted at 3000 … 6000, more than two seconds before.
    expect(late.late).toBe(4)
    expect(parts).toEqual([
      { first: 1, last: 3, emittedAtMsFirst: 0, emittedAtMsLast: 2000, arrivedAtMs: 2000 },
      { first: 4, last: 11, emittedAtMsFirst: 3000, emittedAtMsLast: 10_000, arrivedAtMs: 8500 },
    ])
    late.arrive({ ...run, first: 20, last: 21, arrivedAtMs: 99_000 })
    expect(late.late).toBe(6)
    const single = { first: 30, last: 30, emittedAtMsFirst: 5000, emittedAtMsLast: 5000 }
    late.arrive({ ...single, arrivedAtMs: 7000 })
    expect(late.late).toBe(6)
    late.arrive({ ...single, first: 31, last: 31, arrivedAtMs: 7001 })
    expect(late.late).toBe(7)
  })

  it('gives out the parts of a run that arrive for the first time', () => {
    const parts: [number, number][] = []
    const stream = createStreamAccount({ onFirstArrival: ({ first, last }) => parts.push([first, last]) })
    const times = { emittedAtMsFirst: 0, emittedAtMsLast: 0, arrivedAtMs: 0 }
    for (const [first, last] of [
      [3, 4],
      [7, 8],
      [1, 10],
      [1, 10],
    ] as const) {
      stream.arrive({ first, last, ...times })
    }
    expect(parts).toEqual([
      [3, 4],
      [7, 8],
      [1, 2],
      [5, 6],
      [9, 10],
    ])
    expect([stream.surplus, stream.reordered]).toEqual([14, 4])
  })
})

describe('the text of a ledger', () => {
  const entries = [registered(1), reserved(9), sent(9), ended]
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

  function read(content: string) {
    const found: SentEntry[] = []
    const reader = createLedgerTextReader({
      name: 'sent.ndjson',
      schema: sentEntrySchema,
      use: (entry) => found.push(entry),
    })
    reader.push(new TextEncoder().encode(content))
    return { found, ...reader.end() }
  }

  it('is read entry by entry', () => {
    expect(read(text)).toEqual({ found: entries, entries: 4, lastLineCut: false })
  })

  it('may end within a line, if its writer was killed', () => {
    expect(read(text.slice(0, -1))).toEqual({ found: entries, entries: 4, lastLineCut: false })
    expect(read(text.slice(0, -2))).toEqual({ found: entries.slice(0, 3), entries: 3, lastLineCut: true })
  })

  it('names the line that is no entry', () => {
    expect(() => read(`${text}{"type":"sent"}\n`)).toThrow(/^sent\.ndjson, line 5: /)
    expect(() => read(`{"type":\n${text}`)).toThrow(/^sent\.ndjson, line 1: /)
  })

  it('is read the same however it is cut, from bytes that are used again', () => {
    for (const width of [1, 7, 50, 100]) {
      const found: SentEntry[] = []
      const use = (entry: SentEntry) => found.push(entry)
      const reader = createLedgerTextReader({ name: 'sent.ndjson', schema: sentEntrySchema, use })
      const chunk = Buffer.alloc(width)
      for (let at = 0; at < text.length; at += width)
        reader.push(chunk.subarray(0, chunk.write(text.slice(at))))
      expect(reader.end()).toEqual({ entries: 4, lastLineCut: false })
      expect(found).toEqual(entries)
    }
  })
})

describe('the text of the arrival ledger', () => {
  function read(content: string) {
    const found: Arrival[] = []
    const use = (entry: Arrival) => found.push(entry)
    const reader = createArrivalTextReader({ name: 'arrivals.ndjson', schema: arrivalSchema, use })
    const chunk = Buffer.alloc(100)
    const bytes = Buffer.from(content)
    for (let at = 0; at < bytes.length; at += 100) {
      reader.push(chunk.subarray(0, bytes.copy(chunk, 0, at)))
    }
    reader.end()
    return found
  }

  it.each<Partial<Arrival>>([
    {},
    { raw: [0, 12_345] },
    { runs: [] },
    { path: '/ä/"quoted"\\' },
    { path: '' },
    { atMs: 1.5 },
    { runs: [[stream, 1, 2, -1.5, 1e21]] },
    { clientGone: true, corrupted: [{ reason: 'header', stream: null, seq: null }] },
  ])('gives what JSON gives: %j', (change) => {
    const entry = { ...arrived([1, 2], [4, 4]), ...change }
    expect(read(`${JSON.stringify(entry)}\n`.repeat(3))).toEqual([entry, entry, entry])
    expect(read(JSON.stringify(entry, null, ' ').replaceAll('\n', ' '))).toEqual([entry])
  })

  it('is refused where JSON and the schema refuse it, wherever it is damaged', () => {
    const text = JSON.stringify({ ...arrived([1, 2]), raw: [0, 5] })
    const accepts = (line: string) => {
      try {
        return arrivalSchema.parse(JSON.parse(line))
      } catch {
        return 'refused'
      }
    }
    for (let at = 0; at < text.length; at++) {
      for (const letter of ['', ' ', '0', 'x', '"', ',', ']', '-', '}', '\\']) {
        const line = text.slice(0, at) + letter + text.slice(at + 1)
        const expected = accepts(line)
        if (expected === 'refused') expect(() => read(`${line}\n`)).toThrow(/^arrivals\.ndjson, line 1: /)
        else expect(read(`${line}\n`)).toEqual([expected])
      }
    }
  })
})
