import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors.js'
import { evidence, type FaultContext, type InjectedFault } from '../faults/fault.js'
import { faultDefinition } from '../faults/registry.js'
import { describeCondition, type Condition } from '../scenario/condition.js'
import { describeTarget, sameTarget, type Target } from '../scenario/target.js'
import { describeAction, targetOf, type Step } from '../scenario/timeline.js'
import { type RunEvent } from '../store/events.js'
import { type Evidence } from '../store/result.js'
import { until } from '../until.js'
import { type Observer } from './observer.js'

interface ActiveFault {
  readonly id: string
  readonly fault: string
  readonly target: Target
  readonly injected: InjectedFault
}

export interface TimelineOptions {
  readonly steps: readonly Step[]
  readonly context: FaultContext
  readonly observer: Observer
  readonly record: (event: RunEvent) => void
  /** Resolves when the load has ended: what has not come true a while after that never will. */
  readonly loadEnded: Promise<void>
}

/** How long after the load a condition may still come true. */
const graceAfterLoadMs = 15_000

/**
 * Carries the steps out one after the other, each when its condition holds, and mends at the end what the steps
 * left broken. A step whose condition never came true is recorded as missed, and so are those after it.
 */
export async function runTimeline(options: TimelineOptions): Promise<void> {
  const { steps, context, record } = options
  const active: ActiveFault[] = []
  let missed: string | undefined
  for (const [index, step] of steps.entries()) {
    missed ??= await waitFor(step.when, options)
    if (missed !== undefined) {
      recordMissed(step, missed, options)
      continue
    }
    try {
      await carryOut(step, `fault-${String(index + 1)}`, active, options)
    } catch (error) {
      context.signal.throwIfAborted()
      missed = messageOf(error)
      record({ type: 'problem', atMs: context.nowMs(), message: `${describeAction(step.action)}: ${missed}` })
    }
  }
  for (const fault of active.splice(0)) await heal(fault, options)
}

function recordMissed({ action, when }: Step, why: string, { context, record }: TimelineOptions): void {
  record({
    type: 'step-missed',
    atMs: context.nowMs(),
    action: action.type,
    fault: action.type === 'inject' ? action.spec.fault : action.heals,
    target: describeTarget(targetOf(action)),
    description: describeAction(action),
    condition: describeCondition(when),
    why,
  })
}

/** Resolves to undefined when the condition holds, and to why not when it never will. */
async function waitFor(condition: Condition, { observer, context, loadEnded }: TimelineOptions) {
  if (condition.on === 'elapsed') {
    await sleep(condition.afterMs, undefined, { signal: context.signal })
    return undefined
  }
  let givenUp = false
  const giveUp = loadEnded.then(async () => {
    await sleep(graceAfterLoadMs, undefined, { ref: false })
    givenUp = true
  })
  giveUp.catch(() => undefined)
  return until(describeCondition(condition), {
    timeoutMs: 24 * 3_600_000,
    intervalMs: 25,
    signal: context.signal,
    poll: async () => {
      if (await observer.holds(condition)) return { why: undefined }
      return givenUp
        ? { why: `the load ended and "${describeCondition(condition)}" had not come true` }
        : undefined
    },
  }).then(({ why }) => why)
}

async function carryOut(
  step: Step,
  id: string,
  active: ActiveFault[],
  options: TimelineOptions,
): Promise<void> {
  const { context, record } = options
  const { action } = step
  if (action.type === 'heal') {
    const index = active.findIndex(
      (fault) => fault.fault === action.heals && sameTarget(fault.target, action.target),
    )
    const [fault] = index < 0 ? [] : active.splice(index, 1)
    if (!fault)
      throw new TypeError(
        `nothing to heal: no "${action.heals}" of the ${describeTarget(action.target)} is active`,
      )
    await heal(fault, options)
    return
  }
  const { spec } = action
  const atMs = context.nowMs()
  const injected = await faultDefinition(spec.fault).inject(spec, context)
  active.push({ id, fault: spec.fault, target: spec.target, injected })
  record({
    type: 'fault-injected',
    atMs,
    id,
    fault: spec.fault,
    target: describeTarget(spec.target),
    description: spec.description,
    condition: describeCondition(step.when),
    evidence: [...injected.evidence, ...(await evidenceOfCondition(step.when, context))],
  })
}

/** A request that was held when the step fired must still be unanswered once the fault has taken effect. */
async function evidenceOfCondition(condition: Condition, context: FaultContext): Promise<Evidence[]> {
  if (condition.on === 'all') {
    return (await Promise.all(condition.of.map((part) => evidenceOfCondition(part, context)))).flat()
  }
  if (condition.on !== 'collector-holds') return []
  const { held } = await context.state()
  const lines = held.reduce((sum, request) => sum + request.lines, 0)
  const what = `the collector still held ${String(held.length)} unanswered requests with ${String(lines)} lines afterwards`
  return [evidence(context, what, held.length >= condition.requests, { held })]
}

async function heal(fault: ActiveFault, { context, record }: TimelineOptions): Promise<void> {
  const found = await fault.injected.heal()
  record({ type: 'fault-healed', atMs: context.nowMs(), id: fault.id, evidence: found })
}
