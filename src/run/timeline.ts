import { setTimeout as realSleep } from 'node:timers/promises'
import { messageOf } from '../errors.js'
import { counted } from '../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../faults/fault.js'
import { faultDefinition } from '../faults/registry.js'
import { type Condition } from '../scenario/condition.js'
import { describeTarget } from '../scenario/target.js'
import {
  describeAction,
  describeBeginning,
  targetOf,
  type Action,
  type RepeatedStep,
  type SingleStep,
  type Step,
} from '../scenario/timeline.js'
import { type RunEvent } from '../store/events.js'
import { type Evidence } from '../store/result.js'
import { activeFaults, newRhythm, rhythmEvidence, type ActiveFaults, type Rhythm } from './active-faults.js'
import { patience, type Patience } from './patience.js'

export interface TimelineOptions {
  readonly steps: readonly Step[]
  readonly context: FaultContext
  /** Whether a condition (none of time) holds now. */
  readonly holds: (condition: Condition) => Promise<boolean>
  readonly record: (event: RunEvent) => void
  /** Resolves when the load has ended: what has not come true a while after that never will. */
  readonly loadEnded: Promise<void>
  readonly definitionOf?: (fault: string) => FaultDefinition
  /** Told of nodes that are gone for good, once they are. */
  readonly onNodeGone?: (node: string) => void
  /** Sleeps by the clock of `context.nowMs`; rejects when the run is aborted. */
  readonly sleep?: (ms: number) => Promise<void>
}

interface Going extends TimelineOptions {
  readonly faults: ActiveFaults
  readonly patience: Patience
}

/**
 * Carries the steps of each track out one after the other, each when its condition holds, and mends at the end what
 * the steps left broken. A step whose condition never came true is recorded as missed, and so are those after it.
 * Resolves to what looks, when nothing moves any more, whether what is broken for good is still so.
 */
export async function runTimeline(options: TimelineOptions): Promise<() => Promise<void>> {
  const { context, record, definitionOf = faultDefinition, holds, loadEnded } = options
  const sleep = options.sleep ?? ((ms: number) => realSleep(ms, undefined, { signal: context.signal }))
  const going: Going = {
    ...options,
    faults: activeFaults({ context, record, definitionOf }),
    patience: patience({ holds, loadEnded, sleep, nowMs: context.nowMs, signal: context.signal }),
  }
  await runTrack(options.steps, 'fault-', going)
  await going.faults.healAll()
  return going.faults.confirmLasting
}

/** Resolves to why the track was not finished, or to undefined. */
async function runTrack(steps: readonly Step[], prefix: string, going: Going): Promise<string | undefined> {
  let missed: string | undefined
  for (const [index, step] of steps.entries()) {
    const id = `${prefix}${index + 1}`
    if ('together' in step) {
      const tracks = step.together.map((track, number) =>
        missed === undefined
          ? runTrack(track, `${id}.${number + 1}.`, going)
          : Promise.resolve(missTrack(track, missed, going)),
      )
      missed = (await Promise.all(tracks)).find((why) => why !== undefined)
    } else if (missed === undefined) missed = await runStep(step, id, going)
    else recordMissed(step, missed, going)
  }
  return missed
}

function missTrack(steps: readonly Step[], why: string, going: Going): string {
  for (const step of steps) {
    if ('together' in step) for (const track of step.together) missTrack(track, why, going)
    else recordMissed(step, why, going)
  }
  return why
}

async function runStep(
  step: SingleStep | RepeatedStep,
  id: string,
  going: Going,
): Promise<string | undefined> {
  const { context, record } = going
  const begins = 'when' in step ? step.when : step.from
  const never = begins && (await going.patience.waitFor(begins))
  if (never !== undefined) {
    recordMissed(step, never, going)
    return never
  }
  try {
    if ('when' in step) await carryOut(step.action, { id, step }, going)
    else return await repeat(step, id, going)
    return undefined
  } catch (error) {
    context.signal.throwIfAborted()
    const message = `${describeAction(step.action)}: ${messageOf(error)}`
    record({ type: 'problem', atMs: context.nowMs(), message })
    return messageOf(error)
  }
}

function recordMissed(step: SingleStep | RepeatedStep, why: string, { context, record }: Going): void {
  const { action } = step
  record({
    type: 'step-missed',
    atMs: context.nowMs(),
    action: action.type,
    fault: action.type === 'inject' ? action.spec.fault : action.heals,
    target: describeTarget(targetOf(action)),
    description: describeAction(action),
    condition: describeBeginning(step),
    why,
  })
}

/**
 * By the clock: the beats are at the start plus whole multiples of the interval, and one that is late is left out.
 * Resolves to why it was missed where it was over before its first time.
 */
async function repeat(step: RepeatedStep, id: string, going: Going): Promise<string | undefined> {
  const { context, patience, record } = going
  const { everyMs, until, forMs, times } = step
  const startMs = context.nowMs()
  const endMs = forMs === undefined ? Infinity : startMs + forMs
  const rhythm = newRhythm()
  let given: Evidence[] = []
  for (let done = 0; times === undefined || done < times; done += 1) {
    const beatMs =
      done === 0 ? startMs : startMs + everyMs * (Math.floor((context.nowMs() - startMs) / everyMs) + 1)
    const stop = await patience.waitUntil(Math.min(beatMs, endMs), {
      ...(until && { until }),
      loadOver: until === undefined && forMs === undefined && times === undefined,
    })
    if (stop !== undefined && done === 0) {
      recordMissed(step, `over before its first time: ${stop.why}`, going)
      return stop.why
    }
    if (stop !== undefined || beatMs >= endMs) {
      if (stop?.givenUp === true) given = [evidence(context, `it went on until given up: ${stop.why}`, false)]
      break
    }
    await carryOut(step.action, { id, step, rhythm, number: done + 1 }, going)
  }
  if (rhythm.times > 0) {
    const shown = [...rhythmEvidence(context, rhythm), ...given]
    record({ type: 'fault-healed', atMs: context.nowMs(), id, evidence: shown })
  }
  return undefined
}

interface Occasion {
  readonly id: string
  readonly step: SingleStep | RepeatedStep
  readonly rhythm?: Rhythm
  /** Which time of its rhythm. */
  readonly number?: number
}

async function carryOut(action: Action, occasion: Occasion, going: Going): Promise<void> {
  const { faults, context, patience } = going
  if (action.type === 'heal') return faults.carryOut(action)
  const { step, rhythm, number } = occasion
  const waitedFor = 'when' in step ? step.when : step.from
  const fault = await faults.inject(
    { ...action.spec, description: describeAction(action) },
    {
      // What lasts is a fault of its own each time; what does not is one with its rhythm.
      id:
        number === undefined || action.until === undefined ? occasion.id : `${occasion.id}.${String(number)}`,
      condition: describeBeginning(step),
      alsoShown: async () => (waitedFor ? evidenceOfCondition(waitedFor, context) : []),
      ...(rhythm && { rhythm }),
      ...(action.forGood && { forGood: true }),
    },
  )
  const { target } = action.spec
  if (fault?.forGood === true && target.role === 'node') going.onNodeGone?.(target.node)
  if (!fault || action.until === undefined) return
  const never = await patience.waitFor(action.until)
  await faults.heal(
    fault,
    never === undefined ? [] : [evidence(context, `it lasted until given up: ${never}`, false)],
  )
}

/** A request that was held when the step fired must still be unanswered once the fault has taken effect. */
async function evidenceOfCondition(condition: Condition, context: FaultContext): Promise<Evidence[]> {
  if (condition.on === 'all') {
    return (await Promise.all(condition.of.map((part) => evidenceOfCondition(part, context)))).flat()
  }
  if (condition.on !== 'collector-holds') return []
  const { held } = await context.state()
  const lines = held.reduce((sum, request) => sum + request.lines, 0)
  const requests = counted(held.length, 'unanswered request')
  const what = `the collector still held ${requests} with ${counted(lines, 'line')} afterwards`
  return [evidence(context, what, held.length >= condition.requests, { held })]
}
