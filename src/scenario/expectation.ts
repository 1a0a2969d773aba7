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

/** What a run is expected to find, in lines. A kind that is not named has its default. */
export type Expectation = { readonly [F in Finding]?: Bound }

/**
 * At-least-once delivery is what Fluentd promises at best, and it keeps no order between chunks: copies and order
 * are allowed unless a scenario says otherwise, everything else is not.
 */
export const defaultExpectation: Required<Expectation> = {
  lost: none,
  duplicated: any,
  reordered: any,
  corrupted: none,
  unexpected: none,
  stranded: none,
  late: none,
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
