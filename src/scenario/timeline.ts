import { describeCondition, type Condition } from './condition.js'
import { durationMs, type Duration } from './duration.js'
import { type Target } from './target.js'

/** A fault as data: which one, where, and how. Faults and their parameters are defined in src/faults/, one file each. */
export interface FaultSpec {
  readonly fault: string
  readonly target: Target
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a step does: break something, or mend what an earlier step broke (`heals` names the fault). */
export type Action =
  | { readonly type: 'inject'; readonly spec: FaultSpec }
  | { readonly type: 'heal'; readonly heals: string; readonly target: Target; readonly description: string }

export interface Step {
  readonly when: Condition
  readonly action: Action
}

/** Once the condition holds (for the first time), do this. */
export const at = (condition: Condition, action: Action): Step => ({ when: condition, action })
/** The same as `at`, for conditions that read better so. */
export const when = at
/** So long after the step before, do this. */
export const after = (duration: Duration, action: Action): Step => ({
  when: { on: 'elapsed', afterMs: durationMs(duration) },
  action,
})

export function describeAction(action: Action): string {
  return action.type === 'inject' ? action.spec.description : action.description
}

export function describeStep(step: Step): string {
  return `${describeCondition(step.when)}: ${describeAction(step.action)}`
}

export function targetOf(action: Action): Target {
  return action.type === 'inject' ? action.spec.target : action.target
}
