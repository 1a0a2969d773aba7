import { describeDuration, durationMs, type Duration } from './duration.js'
import { describeTarget, type BufferTarget, type PodTarget } from './target.js'
import { counted } from '../words.js'

/**
 * When a step of the timeline happens: a predicate over what the run observes, as data, so that a plan can be
 * printed, stored and repeated. A step waits for its condition once the step before it is done.
 */
export type Condition =
  | { readonly on: 'sent'; readonly lines: number; readonly node?: string }
  | { readonly on: 'delivered'; readonly lines: number; readonly node?: string }
  | { readonly on: 'elapsed'; readonly afterMs: number }
  | { readonly on: 'buffered'; readonly target: BufferTarget; readonly moreThanBytes: number }
  | { readonly on: 'buffered-beyond-held' }
  | { readonly on: 'collector-holds'; readonly requests: number }
  | { readonly on: 'container'; readonly target: PodTarget; readonly is: 'running' | 'down' }
  | { readonly on: 'restarted'; readonly target: PodTarget; readonly times: number }
  | { readonly on: 'log'; readonly target: PodTarget; readonly text: LogText; readonly times: number }
  | { readonly on: 'event'; readonly target: PodTarget; readonly reason: string }
  | { readonly on: 'all'; readonly of: readonly Condition[] }
  | { readonly on: 'custom'; readonly description: string; readonly holds: CustomCondition }

/** What to look for in Fluentd's own log: a text as it stands, or a pattern that is matched line by line. */
export type LogText = { readonly text: string } | { readonly pattern: string; readonly flags: string }

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
  /** Bytes in the buffer of a forwarder or, over all replicas, of the aggregator; null where none answers. */
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

export const elapsed = (duration: Duration): Condition => ({
  on: 'elapsed',
  afterMs: durationMs(duration),
})

export const logText = (text: string | RegExp): LogText =>
  typeof text === 'string' ? { text } : { pattern: text.source, flags: text.flags.replaceAll(/[gy]/g, '') }

/** Lines of a log that match. */
export function countMatches(log: string, text: LogText): number {
  const lines = log.split('\n')
  if ('text' in text) return lines.filter((line) => line.includes(text.text)).length
  const pattern = new RegExp(text.pattern, text.flags)
  return lines.filter((line) => pattern.test(line)).length
}

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
      return `${describeDuration(condition.afterMs)} later`
    case 'buffered': {
      const { target, moreThanBytes } = condition
      const what =
        moreThanBytes === 0 ? 'lines are' : `more than ${moreThanBytes.toLocaleString('en')} bytes are`
      return `${what} in the buffer of the ${describeTarget(target)}`
    }
    case 'container': {
      const is = condition.is === 'running' ? 'runs' : 'is down'
      return `the container of the ${describeTarget(condition.target)} ${is}`
    }
    case 'restarted':
      return `the container of the ${describeTarget(condition.target)} was restarted ${timesInWords(condition.times)}`
    case 'log': {
      const { target, text, times } = condition
      const said = 'text' in text ? `"${text.text}"` : `/${text.pattern}/${text.flags}`
      return `the ${describeTarget(target)} has logged ${said}${times === 1 ? '' : ` ${timesInWords(times)}`}`
    }
    case 'event':
      return `Kubernetes tells of ${condition.reason} about the pod of the ${describeTarget(condition.target)}`
    case 'buffered-beyond-held':
      return 'the aggregator has more in its buffer than the requests that the collector holds'
    case 'collector-holds':
      return condition.requests === 1
        ? 'the collector holds a request unanswered'
        : `the collector holds ${counted(condition.requests, 'request')} unanswered`
    case 'all':
      return condition.of.map(describeCondition).join(' and ')
    case 'custom':
      return condition.description
  }
}

function timesInWords(times: number): string {
  return times === 1 ? 'once' : `${String(times)} times`
}

/** A condition and all that it is made of. */
export function conditionsIn(condition: Condition): Condition[] {
  return condition.on === 'all' ? [condition, ...condition.of.flatMap(conditionsIn)] : [condition]
}
