import { evidence, type FaultContext, type FaultDefinition, type InjectedFault } from '../faults/fault.js'
import { describeTarget, sameTarget, type Target } from '../scenario/target.js'
import { type FaultSpec, type Healing } from '../scenario/timeline.js'
import { type RunEvent } from '../store/events.js'
import { type Evidence } from '../store/result.js'

/** One thing that is broken now and has to be mended. */
export interface ActiveFault {
  readonly id: string
  readonly healedAs: string
  readonly target: Target
  readonly injected: InjectedFault
  readonly forGood: boolean
}

/** What is broken, shared by the tracks of a timeline: it can be mended on another than the one that broke it. */
export interface ActiveFaults {
  /** Injects and records; undefined where nothing remains to be mended. Throws where it could not be injected. */
  inject(spec: FaultSpec, how: InjectHow): Promise<ActiveFault | undefined>
  /** Mends and records. No-op where it was mended already. */
  heal(fault: ActiveFault, more?: readonly Evidence[]): Promise<void>
  /** Mends what a step names, all of it. Throws where nothing of that kind is broken. */
  carryOut(healing: Healing): Promise<void>
  /** Mends everything that is still broken, the last one first, and is not so for good. */
  healAll(): Promise<void>
  /** Looks whether what is broken for good still is, and records it. */
  confirmLasting(): Promise<void>
}

export interface InjectHow {
  readonly id: string
  /** What the step waited for, in words. */
  readonly condition: string
  /** Looked for right after the injection, beside the fault's own evidence. */
  readonly alsoShown: () => Promise<readonly Evidence[]>
  /** The second and later time of a rhythm, or the first of one: it ends with the rhythm. */
  readonly rhythm?: Rhythm
  readonly forGood?: boolean
}

/** A fault that is repeated and leaves nothing to mend counts as one, from its first time to its last. */
export interface Rhythm {
  times: number
  failed: Evidence[]
  firstAtMs: number
  lastAtMs: number
}

export interface ActiveFaultsOptions {
  readonly context: FaultContext
  readonly record: (event: RunEvent) => void
  readonly definitionOf: (fault: string) => FaultDefinition
}

export function activeFaults({ context, record, definitionOf }: ActiveFaultsOptions): ActiveFaults {
  const active: ActiveFault[] = []
  const mendable = () => active.filter(({ forGood }) => !forGood)

  async function inject(spec: FaultSpec, how: InjectHow): Promise<ActiveFault | undefined> {
    const { id, condition, rhythm, forGood = false } = how
    const definition = definitionOf(spec.fault)
    const atMs = context.nowMs()
    const injected = await definition.inject(spec, context)
    const healedAs = definition.healedAs ?? spec.fault
    const fault = { id, healedAs, target: spec.target, injected, forGood }
    if (injected.heal) active.push(fault)
    const shown = [...injected.evidence, ...(await how.alsoShown())]
    const again = rhythm !== undefined && rhythm.times > 0
    if (rhythm && !injected.heal) count(rhythm, atMs, context.nowMs(), shown)
    if (again && !injected.heal) record({ type: 'fault-repeated', atMs, id, evidence: shown })
    else {
      record({
        type: 'fault-injected',
        atMs,
        id,
        fault: spec.fault,
        target: describeTarget(spec.target),
        description: spec.description,
        condition,
        evidence: shown,
        ...(!injected.heal && !rhythm && { endedAtMs: context.nowMs() }),
      })
    }
    return injected.heal ? fault : undefined
  }

  async function heal(
    fault: ActiveFault,
    more: readonly Evidence[] = [],
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const index = active.indexOf(fault)
    if (index < 0) return
    active.splice(index, 1)
    const found = (await fault.injected.heal?.(parameters)) ?? []
    record({ type: 'fault-healed', atMs: context.nowMs(), id: fault.id, evidence: [...more, ...found] })
  }

  async function carryOut({ heals, target, parameters = {} }: Omit<Healing, 'type' | 'description'>) {
    const faults = mendable().filter((one) => one.healedAs === heals && sameTarget(one.target, target))
    if (faults.length === 0) {
      throw new TypeError(`nothing to heal: no "${heals}" of the ${describeTarget(target)} is active`)
    }
    for (const fault of faults) await heal(fault, [], parameters)
  }

  async function healAll(): Promise<void> {
    // What one step of a scenario mends is mended as it would do it.
    for (let last = mendable().at(-1); last; last = mendable().at(-1))
      await carryOut({ heals: last.healedAs, target: last.target })
  }

  async function confirmLasting(): Promise<void> {
    for (const { id, injected } of active.filter(({ forGood }) => forGood)) {
      const shown = (await injected.lasts?.()) ?? []
      record({ type: 'fault-lasted', atMs: context.nowMs(), id, evidence: shown })
    }
  }

  return { inject, heal, carryOut, healAll, confirmLasting }
}

export function newRhythm(): Rhythm {
  return { times: 0, failed: [], firstAtMs: 0, lastAtMs: 0 }
}

function count(rhythm: Rhythm, fromMs: number, toMs: number, shown: readonly Evidence[]): void {
  if (rhythm.times === 0) rhythm.firstAtMs = fromMs
  rhythm.times += 1
  rhythm.lastAtMs = toMs
  // The first time's own evidence is recorded with it.
  if (rhythm.times > 1) rhythm.failed.push(...shown.filter(({ holds }) => !holds))
}

/** What a rhythm came to, as evidence. */
export function rhythmEvidence(context: FaultContext, rhythm: Rhythm): Evidence[] {
  const { times, failed, firstAtMs, lastAtMs } = rhythm
  const seconds = ((lastAtMs - firstAtMs) / 1000).toFixed(1)
  const what = `it was done ${String(times)} times within ${seconds} s`
  return [evidence(context, what, times > 0, { times }), ...failed.slice(0, 5)]
}
