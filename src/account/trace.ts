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
  /** In the log files that the node had, read or not. */
  readonly logged: RangeSet
  /** A log file was removed during the run and no copy kept, so a line that is in none may have been in that one. */
  readonly logsWereRemoved: boolean
  readonly read: RangeSet | null
  /** In a log that was removed, in a part of which it is not known whether it had been read. */
  readonly perhapsRead: RangeSet
  readonly crossed: RangeSet | null
  readonly acknowledged: RangeSet | null
  /** In files that were removed, copies of which tell what was in them; those of a later station come last. */
  readonly formerly: readonly FormerPlace[]
  /** The pipeline has no aggregator: what crosses the wire is with the destination next. */
  readonly direct: boolean
}

/** Where lines were until that was removed. */
export interface FormerPlace {
  readonly station: 'node log' | 'forwarder' | 'aggregator'
  /** In words: "the buffer of the forwarder on node-1". */
  readonly where: string
  readonly how: string
  readonly atMs: number
  readonly lines: RangeSet
}

/** Lines that are held nowhere: the last station that is known to have had them, the first that is known not to. */
export interface TracedLoss {
  readonly lastSeen: Station
  readonly firstMissing: Station
  readonly lines: number
  readonly ranges: SeqRange[]
  /** The last place that is known, where a copy of it tells. */
  readonly place?: Omit<FormerPlace, 'lines'>
}

/**
 * Divides lost lines by where they were last seen. Each is counted at the last station that had it; what lies
 * between that and the first station that did not is where it went, however wide that is.
 */
export function traceLoss(lost: RangeSet, seen: Sightings): TracedLoss[] {
  // Beyond the wire nothing but the destination's ledger speaks; with no tap, nothing beyond the forwarder does.
  const afterForwarder: Station = seen.crossed === null ? 'destination' : 'wire'
  const afterLog: Station = seen.read === null ? afterForwarder : 'forwarder'
  const former = (station: FormerPlace['station'], firstMissing: Station): Step[] =>
    seen.formerly
      .filter((place) => place.station === station)
      .map(({ lines, ...place }) => ({ lastSeen: station, firstMissing, had: lines, place }))
  const steps: readonly Step[] = [
    ...former('aggregator', 'destination'),
    { lastSeen: seen.direct ? 'wire' : 'aggregator', firstMissing: 'destination', had: seen.acknowledged },
    { lastSeen: 'wire', firstMissing: 'destination', had: seen.crossed },
    ...former('forwarder', afterForwarder),
    { lastSeen: 'forwarder', firstMissing: afterForwarder, had: seen.read },
    { lastSeen: 'node log', firstMissing: afterForwarder, had: seen.perhapsRead },
    ...former('node log', afterLog),
    { lastSeen: 'node log', firstMissing: afterLog, had: seen.logged },
    { lastSeen: 'app', firstMissing: seen.logsWereRemoved ? afterLog : 'node log', had: lost },
  ]
  const traced: TracedLoss[] = []
  let rest = lost
  for (const { had, ...where } of steps) {
    if (had === null) continue
    const here = rest.intersect(had)
    if (here.count === 0) continue
    traced.push({ ...where, lines: here.count, ranges: here.ranges() })
    rest = rest.subtract(here)
  }
  return traced.reverse()
}

interface Step extends Omit<TracedLoss, 'lines' | 'ranges'> {
  readonly had: RangeSet | null
}

/** Where the second copy of a line first appeared. */
export type DuplicatingHop =
  | 'forwarder → aggregator'
  | 'forwarder → destination'
  | 'aggregator → destination'
  | 'somewhere before the destination'

export interface TracedDuplicates {
  readonly hop: DuplicatingHop
  readonly lines: number
  readonly ranges: SeqRange[]
}

/**
 * Divides lines that arrived more than once: those that crossed the wire more than once were sent twice by the
 * forwarder, those that crossed it once by the aggregator. Without a tap nobody knows, unless there is one sender only.
 */
export function traceDuplicates(
  duplicated: RangeSet,
  { crossedAgain, direct }: { readonly crossedAgain: RangeSet | null; readonly direct: boolean },
): TracedDuplicates[] {
  const parts: readonly [DuplicatingHop, RangeSet][] = direct
    ? [['forwarder → destination', duplicated]]
    : crossedAgain === null
      ? [['somewhere before the destination', duplicated]]
      : [
          ['forwarder → aggregator', duplicated.intersect(crossedAgain)],
          ['aggregator → destination', duplicated.subtract(crossedAgain)],
        ]
  return parts
    .filter(([, lines]) => lines.count > 0)
    .map(([hop, lines]) => ({ hop, lines: lines.count, ranges: lines.ranges() }))
}
