import { RangeSet } from './range-set.js'

/** Lines first…last of a stream that arrived one after the other in one request. */
export interface ArrivalRun {
  readonly first: number
  readonly last: number
  readonly emittedAtMsFirst: number
  readonly emittedAtMsLast: number
  readonly arrivedAtMs: number
}

export interface StreamAccountOptions {
  /** Numbers that can exist; an arrival of any other is unexpected. Default: all. */
  readonly known?: RangeSet
  /** A line that first arrived longer than this after its emission is late. Default: none is. */
  readonly lateAfterMs?: number
  /** Called for every part of a run whose lines arrived for the first time, in order of arrival. */
  readonly onFirstArrival?: (run: ArrivalRun) => void
}

/** Arrivals of one stream, added up as they come. */
export interface StreamAccount {
  arrive(run: ArrivalRun): void
  /** Distinct lines that arrived. */
  readonly delivered: RangeSet
  /** Lines that arrived more than once. */
  readonly duplicated: RangeSet
  /** Arrivals beyond the first of each line: one that arrived three times counts two. */
  readonly surplus: number
  /** Lines that first arrived after a higher number of the stream had. */
  readonly reordered: number
  /** Arrivals of numbers that are not known. */
  readonly unexpected: number
  readonly late: number
}

export function createStreamAccount(options: StreamAccountOptions = {}): StreamAccount {
  const { known, onFirstArrival, lateAfterMs = Number.POSITIVE_INFINITY } = options
  const delivered = new RangeSet()
  const duplicated = new RangeSet()
  let surplus = 0
  let reordered = 0
  let unexpected = 0
  let late = 0

  function arriveFirst(run: ArrivalRun, first: number, last: number): void {
    if (lateAfterMs === Number.POSITIVE_INFINITY && onFirstArrival === undefined) return
    const part = partOf(run, first, last)
    late += countEmittedBefore(part, run.arrivedAtMs - lateAfterMs)
    onFirstArrival?.(part)
  }

  function arriveKnown(run: ArrivalRun, first: number, last: number): void {
    const highest = delivered.highest
    let next = first
    if (first <= highest) {
      delivered.forEachWithin(first, last, (overlapFirst, overlapLast) => {
        if (overlapFirst > next) arriveFirst(run, next, overlapFirst - 1)
        next = overlapLast + 1
        duplicated.add(overlapFirst, overlapLast)
        surplus += overlapLast - overlapFirst + 1
      })
    }
    if (next <= last) arriveFirst(run, next, last)
    const added = delivered.add(first, last)
    const addedAbove = Math.max(0, last - Math.max(highest, first - 1))
    reordered += added - addedAbove
  }

  return {
    arrive(run) {
      if (known === undefined) {
        arriveKnown(run, run.first, run.last)
        return
      }
      unexpected += run.last - run.first + 1
      known.forEachWithin(run.first, run.last, (first, last) => {
        unexpected -= last - first + 1
        arriveKnown(run, first, last)
      })
    },
    delivered,
    duplicated,
    get surplus() {
      return surplus
    },
    get reordered() {
      return reordered
    },
    get unexpected() {
      return unexpected
    },
    get late() {
      return late
    },
  }
}

/** A run's ledger entry has the times of its first and last line; those between are taken to lie evenly. */
function emittedAtMs(run: ArrivalRun, seq: number): number {
  if (run.last === run.first) return run.emittedAtMsFirst
  const share = (seq - run.first) / (run.last - run.first)
  return run.emittedAtMsFirst + share * (run.emittedAtMsLast - run.emittedAtMsFirst)
}

function partOf(run: ArrivalRun, first: number, last: number): ArrivalRun {
  if (first === run.first && last === run.last) return run
  return {
    first,
    last,
    emittedAtMsFirst: emittedAtMs(run, first),
    emittedAtMsLast: emittedAtMs(run, last),
    arrivedAtMs: run.arrivedAtMs,
  }
}

function countEmittedBefore(run: ArrivalRun, beforeMs: number): number {
  const lines = run.last - run.first + 1
  if (run.emittedAtMsLast < beforeMs) return lines
  if (run.emittedAtMsFirst >= beforeMs) return 0
  const perMs = (lines - 1) / (run.emittedAtMsLast - run.emittedAtMsFirst)
  return Math.ceil((beforeMs - run.emittedAtMsFirst) * perMs)
}
