import { describe, expect, it } from 'vitest'

import type { Arrival, SentEntry } from '../collector/protocol.js'
import { account } from './account.js'
import { foldArrivals } from './arrivals.js'
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
