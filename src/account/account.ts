import type { Counts, StreamResult } from '../store/result.js'
import type { Arrivals, StreamArrivals } from './arrivals.js'
import { RangeSet } from './range-set.js'
import type { SentNumbers } from './sent-ledger.js'

/** Whole lines of a stream that were found at a station after the run. */
export interface HeldLines {
  readonly station: string
  readonly stream: string
  readonly lines: RangeSet
  /** Nobody could look: they may be there. */
  readonly perhaps?: boolean
}

export interface AccountInput {
  readonly sent: ReadonlyMap<string, SentNumbers>
  /** Folded against the same `sent`. */
  readonly arrivals: Arrivals
  /** In the order of the pipeline, from the app to the destination. Default: nothing is held. */
  readonly held?: readonly HeldLines[]
}

export type StreamAccounting = Omit<StreamResult, 'node' | 'latencyMs'>

export interface Accounting {
  /** Sums over the streams, with what belongs to no stream among corrupted and unexpected. */
  readonly totals: Counts
  /** By name. */
  readonly streams: StreamAccounting[]
}

/**
 * Holds what was sent against what arrived and what is still held. Kinds of finding are never netted.
 *
 * A line whose write was never reported, but that arrived or is held whole, has been written: it counts as sent
 * and is indeterminate no more. So `sent = delivered + lost + stranded` holds for every stream. A line that arrived
 * only damaged is not delivered. A line that is held at several stations is stranded at the last of them.
 */
export function account(input: AccountInput): Accounting {
  const { sent, arrivals, held = [] } = input
  const streams = Array.from(sent.keys())
    .sort()
    .map((stream) => {
      const heldOfStream = held.filter((holding) => holding.stream === stream)
      const numbers = sent.get(stream) ?? { sent: new RangeSet(), indeterminate: new RangeSet() }
      return accountStream(stream, numbers, arrivals.streams.get(stream), heldOfStream)
    })
  const totals = sumCounts(streams)
  return {
    totals: {
      ...totals,
      corrupted: totals.corrupted + arrivals.corruptedOfNoStream,
      unexpected: totals.unexpected + arrivals.unexpectedOfNoStream,
    },
    streams,
  }
}

function accountStream(
  stream: string,
  numbers: SentNumbers,
  arrivals: StreamArrivals | undefined,
  held: readonly HeldLines[],
): StreamAccounting {
  const delivered = arrivals?.account.delivered ?? new RangeSet()
  const undelivered = numbers.sent.union(numbers.indeterminate).subtract(delivered)
  const strandedAt: StreamResult['strandedAt'] = []
  const stranded = new RangeSet()
  for (const { station, lines, perhaps } of held.toReversed()) {
    const here = lines.intersect(undelivered).subtract(stranded)
    if (here.count === 0) continue
    strandedAt.unshift({
      station,
      lines: here.count,
      ranges: here.ranges(),
      ...(perhaps && { perhaps: true as const }),
    })
    for (const [first, last] of here) stranded.add(first, last)
  }
  const seen = delivered.union(stranded)
  const written = numbers.sent.union(numbers.indeterminate.intersect(seen))
  const lost = written.subtract(seen)
  return {
    stream,
    sent: written.count,
    indeterminate: numbers.indeterminate.subtract(seen).count,
    delivered: delivered.count,
    lost: lost.count,
    duplicated: arrivals?.account.surplus ?? 0,
    reordered: arrivals?.account.reordered ?? 0,
    corrupted: arrivals?.corrupted ?? 0,
    unexpected: arrivals?.account.unexpected ?? 0,
    stranded: stranded.count,
    late: arrivals?.account.late ?? 0,
    lostRanges: lost.ranges(),
    duplicatedRanges: arrivals?.account.duplicated.ranges() ?? [],
    strandedAt,
  }
}

/** Adds up counts kind by kind. */
export function sumCounts(parts: Iterable<Counts>): Counts {
  const sum: Counts = {
    sent: 0,
    indeterminate: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    unexpected: 0,
    stranded: 0,
    late: 0,
  }
  for (const part of parts) {
    for (const kind of Object.keys(sum) as (keyof Counts)[]) sum[kind] += part[kind]
  }
  return sum
}
