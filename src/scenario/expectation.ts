import { type Duration } from './duration.js'

/** How many of a kind of finding there may be. Both ends inclusive; an absent end is open. */
export interface Bound {
  readonly atLeast?: number
  readonly atMost?: number
}

export const none: Bound = { atMost: 0 }
export const some: Bound = { atLeast: 1 }
export const any: Bound = {}
export const atMost = (count: number): Bound => ({ atMost: count })
export const atLeast = (count: number): Bound => ({ atLeast: count })
export const exactly = (count: number): Bound => ({ atLeast: count, atMost: count })
export const between = (low: number, high: number): Bound => ({ atLeast: low, atMost: high })

export const findings = [
  'lost',
  'duplicated',
  'reordered',
  'corrupted',
  'unexpected',
  'stranded',
  'late',
] as const
export type Finding = (typeof findings)[number]

/** How many lines of each kind of finding there may be. A kind that is not named has its default. */
export type FindingBounds = Readonly<Partial<Record<Finding, Bound>>>

/** What a run is expected to find, over all streams and, where that is not enough, in parts. */
export interface Expectation extends FindingBounds {
  /** The streams of one node by themselves, e.g. `{ 'node-2': { lost: none } }`. */
  readonly nodes?: Readonly<Record<string, FindingBounds>>
  /** Lost lines by the first station at which they were not seen, e.g. `{ wire: some, destination: none }`. */
  readonly lostBefore?: Readonly<Partial<Record<LossStation, Bound>>>
  /** Undelivered lines by what still holds them, e.g. `{ 'node log': some, aggregator: none }`. */
  readonly strandedAt?: Readonly<Partial<Record<HoldingStation, Bound>>>
  /** Lines that arrived again, by the hop at which the second copy came about. */
  readonly duplicatedBy?: Readonly<Partial<Record<DuplicatingRole, Bound>>>
  /** From emission to first arrival, over all streams. */
  readonly delay?: Readonly<Partial<Record<'p50' | 'p90' | 'p99' | 'max', Duration>>>
  /** How soon after the last fault was healed a fresh line of every stream must be through; false: it need not. */
  readonly recovers?: boolean | Duration
}

export type LossStation = 'node log' | 'forwarder' | 'wire' | 'destination'
export const holdingStations = ['node log', 'forwarder', 'wire', 'aggregator'] as const
export type HoldingStation = (typeof holdingStations)[number]
export type DuplicatingRole = 'forwarder' | 'aggregator'

/** Everything that a run is judged by. */
export type SettledExpectation = Required<FindingBounds> & Omit<Expectation, Finding>

/**
 * At-least-once delivery is what Fluentd promises at best, and it keeps no order between chunks: copies and order
 * are allowed unless a scenario says otherwise, everything else is not.
 */
export const defaultExpectation: SettledExpectation = {
  lost: none,
  duplicated: any,
  reordered: any,
  corrupted: none,
  unexpected: none,
  stranded: none,
  late: none,
  recovers: true,
}

/** 'none', 'at least 1', 'between 2 and 5' … */
export function describeBound({ atLeast: low = 0, atMost: high }: Bound): string {
  if (high === undefined) return low === 0 ? 'any number' : `at least ${String(low)}`
  if (high === 0) return 'none'
  if (low === high) return `exactly ${String(low)}`
  return low === 0 ? `at most ${String(high)}` : `between ${String(low)} and ${String(high)}`
}

export function isWithin(count: number, { atLeast: low = 0, atMost: high = Infinity }: Bound): boolean {
  return count >= low && count <= high
}
