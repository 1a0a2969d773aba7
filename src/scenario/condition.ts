import { describeTarget, type BufferTarget } from './target.js'

/**
 * When a step of the timeline happens: a predicate over what the run observes, as data, so that a plan can be
 * printed, stored and repeated. A step waits for its condition once the step before it is done.
 */
export type Condition =
  | { readonly on: 'sent'; readonly lines: number; readonly node?: string }
  | { readonly on: 'delivered'; readonly lines: number; readonly node?: string }
  | { readonly on: 'elapsed'; readonly afterMs: number }
  | { readonly on: 'buffered'; readonly target: BufferTarget }
  | { readonly on: 'buffered-beyond-held' }
  | { readonly on: 'collector-holds'; readonly requests: number }
  | { readonly on: 'all'; readonly of: readonly Condition[] }
  | { readonly on: 'custom'; readonly description: string; readonly holds: CustomCondition }

/** A condition that the vocabulary cannot say. It is asked about every 50 ms. */
export type CustomCondition = (observed: Observed) => boolean | Promise<boolean>

/** What a run can see of itself while it goes on. Lines are counted per node (its emitting containers together). */
export interface Observed {
  readonly sent: number
  readonly delivered: number
  readonly sentByNode: Readonly<Record<string, number>>
  readonly deliveredByNode: Readonly<Record<string, number>>
  readonly requestsHeld: number
  readonly bytesHeld: number
  /** Bytes in the buffer of a forwarder or the aggregator; null where it does not answer. */
  bufferedBytes(target: BufferTarget): Promise<number | null>
}

/** So many lines have been sent, over all streams or those of one node. */
export const sent = (lines: number, options: { readonly node?: string } = {}): Condition => ({
  on: 'sent',
  lines,
  ...options,
})

/** So many distinct lines have arrived, over all streams or those of one node. */
export const delivered = (lines: number, options: { readonly node?: string } = {}): Condition => ({
  on: 'delivered',
  lines,
  ...options,
})

/** All of these at once. */
export const all = (...of: readonly Condition[]): Condition => ({ on: 'all', of })

export const custom = (description: string, holds: CustomCondition): Condition => ({
  on: 'custom',
  description,
  holds,
})

export function describeCondition(condition: Condition): string {
  switch (condition.on) {
    case 'sent':
    case 'delivered': {
      const where = condition.node === undefined ? '' : ` on ${condition.node}`
      return `${condition.lines.toLocaleString('en')} lines ${condition.on}${where}`
    }
    case 'elapsed':
      return `${String(condition.afterMs / 1000)} s later`
    case 'buffered':
      return `lines are in the buffer of the ${describeTarget(condition.target)}`
    case 'buffered-beyond-held':
      return 'the aggregator has more in its buffer than the requests that the collector holds'
    case 'collector-holds':
      return condition.requests === 1
        ? 'the collector holds a request unanswered'
        : `the collector holds ${String(condition.requests)} requests unanswered`
    case 'all':
      return condition.of.map(describeCondition).join(' and ')
    case 'custom':
      return condition.description
  }
}
