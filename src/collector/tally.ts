import { RangeSet } from '../account/range-set.js'
import type { Latency } from './latency.js'
import type { Receipt } from './receipt.js'

/** What has been stored of one stream so far. */
export interface StreamTally {
  readonly delivered: number
  readonly duplicated: number
  readonly corrupted: number
}

/** Adds up what was stored, for conditions and pictures while the run is on. Verdicts are made from the ledgers. */
export interface Tally {
  add(receipt: Receipt, atMs: number): void
  of(stream: string): StreamTally
  readonly unexpected: number
}

export interface TallyOptions {
  /** The highest number that an emitter of the stream may have written; undefined where there is no such stream. */
  readonly reservedOf: (stream: string) => number | undefined
  readonly latency: Latency
}

interface Counts {
  readonly numbers: RangeSet
  duplicated: number
  corrupted: number
}

export function createTally({ reservedOf, latency }: TallyOptions): Tally {
  const streams = new Map<string, Counts>()
  let unexpected = 0

  function countsOf(stream: string): Counts {
    let counts = streams.get(stream)
    if (!counts) streams.set(stream, (counts = { numbers: new RangeSet(), duplicated: 0, corrupted: 0 }))
    return counts
  }

  return {
    add({ runs, lines, corrupted, unexpected: foreign }, atMs) {
      const known = new Map(runs.map(([stream]) => [stream, reservedOf(stream) ?? 0]))
      for (const { stream, seq, emittedAtMs } of lines) {
        if (seq < 1 || seq > (known.get(stream) ?? 0)) {
          unexpected += 1
          continue
        }
        const counts = countsOf(stream)
        if (counts.numbers.add(seq, seq) === 1) latency.record(stream, atMs - emittedAtMs)
        else counts.duplicated += 1
      }
      for (const { stream } of corrupted) {
        if (stream !== null && reservedOf(stream) !== undefined) countsOf(stream).corrupted += 1
      }
      for (const { first, last } of foreign) unexpected += last - first + 1
    },
    of(stream) {
      const counts = streams.get(stream)
      return {
        delivered: counts?.numbers.count ?? 0,
        duplicated: counts?.duplicated ?? 0,
        corrupted: counts?.corrupted ?? 0,
      }
    },
    get unexpected() {
      return unexpected
    },
  }
}
