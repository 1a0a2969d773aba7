import { type RangeSet, type SeqRange } from './range-set.js'

/**
 * Where a line can be, in the order in which it gets there. `app`: its write returned. `node log`: in a file of the
 * container's log. `forwarder`: read by in_tail, by its position file. `wire`: crossed to the aggregator whole.
 * `aggregator`: acknowledged by it. `destination`: stored by the collector.
 */
export const stations = ['app', 'node log', 'forwarder', 'wire', 'aggregator', 'destination'] as const
export type Station = (typeof stations)[number]

/** What is known of one stream's lines on their way. null: nothing is known there, so nothing can be said of it. */
export interface Sightings {
  /** In the log files that the node still has, read or not. */
  readonly logged: RangeSet
  /** A log file of this stream was removed during the run, so a line that is in none now may have been in one. */
  readonly logsWereRemoved: boolean
  readonly read: RangeSet | null
  readonly crossed: RangeSet | null
  readonly acknowledged: RangeSet | null
}

/** Lines that are held nowhere: the last station that is known to have had them, the first that is known not to. */
export interface TracedLoss {
  readonly lastSeen: Station
  readonly firstMissing: Station
  readonly lines: number
  readonly ranges: SeqRange[]
}

/**
 * Divides lost lines by where they were last seen. Each is counted at the last station that had it; what lies
 * between that and the first station that did not is where it went, however wide that is.
 */
export function traceLoss(lost: RangeSet, seen: Sightings): TracedLoss[] {
  // Beyond the wire nothing but the destination's ledger speaks; with no tap, nothing beyond the forwarder does.
  const afterForwarder: Station = seen.crossed === null ? 'destination' : 'wire'
  const steps: readonly [lastSeen: Station, firstMissing: Station, had: RangeSet | null][] = [
    ['aggregator', 'destination', seen.acknowledged],
    ['wire', 'destination', seen.crossed],
    ['forwarder', afterForwarder, seen.read],
    ['node log', seen.read === null ? afterForwarder : 'forwarder', seen.logged],
    ['app', seen.logsWereRemoved ? (seen.read === null ? afterForwarder : 'forwarder') : 'node log', lost],
  ]
  const traced: TracedLoss[] = []
  let rest = lost
  for (const [lastSeen, firstMissing, had] of steps) {
    if (had === null) continue
    const here = rest.intersect(had)
    if (here.count === 0) continue
    traced.push({ lastSeen, firstMissing, lines: here.count, ranges: here.ranges() })
    rest = rest.subtract(here)
  }
  return traced.reverse()
}

/** Where the second copy of a line first appeared. */
export type DuplicatingHop =
  'forwarder → aggregator' | 'aggregator → destination' | 'somewhere before the destination'

export interface TracedDuplicates {
  readonly hop: DuplicatingHop
  readonly lines: number
  readonly ranges: SeqRange[]
}

/**
 * Divides lines that arrived more than once: those that crossed the wire more than once were sent twice by the
 * forwarder, those that crossed it once by the aggregator. Without a tap nobody knows.
 */
export function traceDuplicates(duplicated: RangeSet, crossedAgain: RangeSet | null): TracedDuplicates[] {
  const parts: readonly [DuplicatingHop, RangeSet][] =
    crossedAgain === null
      ? [['somewhere before the destination', duplicated]]
      : [
          ['forwarder → aggregator', duplicated.intersect(crossedAgain)],
          ['aggregator → destination', duplicated.subtract(crossedAgain)],
        ]
  return parts
    .filter(([, lines]) => lines.count > 0)
    .map(([hop, lines]) => ({ hop, lines: lines.count, ranges: lines.ranges() }))
}
