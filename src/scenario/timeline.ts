import { conditionsIn, describeCondition, elapsed, type Condition } from './condition.js'
import { describeDuration, durationMs, type Duration } from './duration.js'
import { type Target } from './target.js'

/** A fault as data: which one, where, and how. Faults and their parameters are defined in src/faults/, one file each. */
export interface FaultSpec {
  readonly fault: string
  readonly target: Target
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a step does: break something, or mend what an earlier step broke (`heals` names the fault). */
export type Action = Injection | Healing

export interface Injection {
  readonly type: 'inject'
  readonly spec: FaultSpec
  /** Mended by the same step once this holds; otherwise by a later step, or when the timeline is over. */
  readonly until?: Condition
  /** Never mended: so it is when lines are looked for. */
  readonly forGood?: true
}

export interface Healing {
  readonly type: 'heal'
  readonly heals: string
  readonly target: Target
  readonly description: string
  readonly parameters?: Readonly<Record<string, unknown>>
}

/**
 * A timeline is a list of steps, one after the other: each waits for its condition once the step before it is done.
 * All of it is plain data (but for a `custom` condition), so that it can be printed, stored and repeated.
 */
export type Step = SingleStep | RepeatedStep | ParallelStep

export interface SingleStep {
  readonly when: Condition
  readonly action: Action
}

export interface RepeatedStep {
  readonly everyMs: number
  readonly action: Action
  /** When it begins; where absent, once the step before it is done. */
  readonly from?: Condition
  readonly until?: Condition
  readonly forMs?: number
  readonly times?: number
}

export interface ParallelStep {
  readonly together: readonly (readonly Step[])[]
}

/** Once the condition holds (for the first time), do this. */
export const at = (condition: Condition, action: Action): SingleStep => ({ when: condition, action })
/** The same as `at`, for conditions that read better so. */
export const when = at
/** So long after the step before, do this. */
export const after = (duration: Duration, action: Action): SingleStep => ({ when: elapsed(duration), action })

/** How a rhythm begins and ends. Without an end it goes on until the load is over. */
export interface Rhythm {
  readonly from?: Condition
  readonly until?: Condition
  readonly for?: Duration
  readonly times?: number
}

/**
 * Does this again and again, at once and then in this rhythm: `every('500ms', app('node-1').rotateLogs(), { until:
 * delivered(3000) })`. Where one takes longer than the rhythm, the next comes at the next beat. What lasts must say
 * how long: `every('5s', lasting('1s', forwarder('node-1').pause()), { times: 3 })`.
 */
export const every = (duration: Duration, action: Action, rhythm: Rhythm = {}): RepeatedStep => ({
  everyMs: durationMs(duration),
  action,
  ...(rhythm.from && { from: rhythm.from }),
  ...(rhythm.until && { until: rhythm.until }),
  ...(rhythm.for !== undefined && { forMs: durationMs(rhythm.for) }),
  ...(rhythm.times !== undefined && { times: rhythm.times }),
})

/**
 * Breaks something and mends it again after a time, or once a condition holds: `at(sent(1000), lasting('30s',
 * forwarder('node-1').pause()))`, `lasting({ until: sent(3000) }, collector.refuse())`. The step is done when it is
 * mended; what is to happen meanwhile goes on a track beside it (`together`).
 */
export const lasting = (howLong: Duration | { readonly until: Condition }, action: Action): Injection => {
  if (action.type === 'heal') throw new TypeError(`"${action.description}" mends something and cannot last`)
  return { ...action, until: typeof howLong === 'string' ? elapsed(howLong) : howLong.until }
}

/**
 * Breaks something that nobody mends, as a node that never comes back: `at(sent(1000), forGood(node('node-1')
 * .powerOff()))`. What is out of reach then is stranded, and not waited for.
 */
export const forGood = (action: Action): Injection => {
  if (action.type === 'heal') throw new TypeError(`"${action.description}" mends something`)
  return { ...action, forGood: true }
}

/** Tracks that go on side by side, each a list of steps one after the other; done when all of them are. */
export const together = (...tracks: readonly (readonly Step[])[]): ParallelStep => ({ together: tracks })

export function describeAction(action: Action): string {
  if (action.type === 'heal') return action.description
  const { spec, until } = action
  if (action.forGood === true) return `${spec.description}, for good`
  if (until === undefined) return spec.description
  const howLong =
    until.on === 'elapsed' ? `for ${describeDuration(until.afterMs)}` : `until ${describeCondition(until)}`
  return `${spec.description}, ${howLong}`
}

export function describeStep(step: Step): string {
  if ('together' in step) {
    const tracks = step.together.map((track) => `[${track.map(describeStep).join('; ')}]`)
    return `side by side ${tracks.join(' and ')}`
  }
  return `${describeBeginning(step)}: ${describeAction(step.action)}`
}

/** What a step waits for, in words. */
export function describeBeginning(step: SingleStep | RepeatedStep): string {
  if ('when' in step) return describeCondition(step.when)
  const { everyMs, from, until, forMs, times } = step
  const ends = [
    until && `until ${describeCondition(until)}`,
    forMs !== undefined && `for ${describeDuration(forMs)}`,
    times !== undefined && `${times} times`,
  ].filter((end) => typeof end === 'string')
  const begins = from ? `${describeCondition(from)}, then ` : ''
  return `${begins}every ${describeDuration(everyMs)} ${ends.join(' or ') || 'until the load is over'}`
}

/** Every action of a timeline, in the order in which it is written. */
export function actionsOf(steps: readonly Step[]): Action[] {
  return steps.flatMap((step) => ('together' in step ? step.together.flatMap(actionsOf) : [step.action]))
}

/** Every condition of a timeline, parts of others included. */
export function conditionsOf(steps: readonly Step[]): Condition[] {
  return steps.flatMap((step) => {
    if ('together' in step) return step.together.flatMap(conditionsOf)
    const own = 'when' in step ? [step.when] : [step.from, step.until]
    const ofAction = step.action.type === 'inject' ? [step.action.until] : []
    return [...own, ...ofAction].flatMap((condition) => (condition ? conditionsIn(condition) : []))
  })
}

export function targetOf(action: Action): Target {
  return action.type === 'inject' ? action.spec.target : action.target
}
