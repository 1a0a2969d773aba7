import { describeDuration, durationMs, type Duration } from '../../scenario/duration.js'
import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { counted, seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, machineOf } from './access.js'
import { evictAll, type EvictionOptions } from './eviction.js'
import { showingAvailability } from './availability.js'
import { breaking } from './mending.js'
import { nodeObject, nodePath, podsSettled, taintsOf } from './nodes.js'
import {
  isDaemonSetPod,
  isMirror,
  lookAgain,
  nameOf,
  podsOn,
  shortly,
  toleratesForMs,
  type SeenPod,
  type Taint,
} from './pods.js'

/**
 * Cordons a node and evicts its pods through the API, which asks PodDisruptionBudgets; DaemonSets' pods and those of
 * files on the node are left alone, as `kubectl drain --ignore-daemonsets --delete-emptydir-data --force` does.
 * Proven by the node being unschedulable, by the uids of what was evicted, and by what stayed; shown with how long no
 * aggregator was ready. One that a budget blocks is no drain, unless that is what is to be shown. Healed by uncordon.
 */
export const drain: FaultDefinition = {
  fault: 'drain',
  needs: ['kubernetes'],
  targets: ['node'],
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const undo = { what: `uncordon ${machine.node}`, undo: () => cordon(context, machine, false) }
    const cordonAndEvict = async () => {
      const cordoned = await cordonNode(context, machine)
      const pods = await podsOn(access, machine)
      const leftAlone = pods.filter((pod) => isDaemonSetPod(pod) || isMirror(pod))
      const taints = taintsOf(await nodeObject(access, machine))
      const going = leftAlone.filter((pod) => goesAnyway(pod, taints))
      const toGo = pods.filter((pod) => !leftAlone.includes(pod))
      const options = spec.parameters as unknown as EvictionOptions
      const tried = spec.parameters.evict === false ? [] : await evictAll(context, toGo, options)
      const evicted = spec.parameters.until === 'timedOut' ? heldUp(context, tried, options) : tried
      const stayed = spec.parameters.evict === false ? [] : [await stays(context, leftAlone, going)]
      return {
        evidence: [cordoned, ...evicted, ...stayed],
        async heal() {
          await cordon(context, machine, false)
          const node = await nodeObject(access, machine)
          const open = node !== undefined && node.spec.unschedulable !== true
          const what = `${machine.node} is ${open ? 'schedulable again' : 'still unschedulable'}`
          return [evidence(context, what, open), await podsSettled(context, machine)]
        },
      }
    }
    return breaking(access, undo, () => showingAvailability(context, spec.description, cordonAndEvict))
  },
}

async function cordon(context: FaultContext, machine: Machine, unschedulable: boolean): Promise<void> {
  const { api } = accessOf(context)
  if ((await nodeObject(accessOf(context), machine)) === undefined) return
  await api.patch(nodePath(machine), { spec: { unschedulable: unschedulable ? true : null } })
}

async function cordonNode(context: FaultContext, machine: Machine): Promise<Evidence> {
  await cordon(context, machine, true)
  const closed = (await nodeObject(accessOf(context), machine))?.spec.unschedulable === true
  const what = `${machine.node} is ${closed ? 'unschedulable' : 'still schedulable'}`
  return evidence(context, what, closed)
}

/** A taint ends it, or whatever else does: that is not the drain's doing. */
function goesAnyway(pod: SeenPod, taints: readonly Taint[]): boolean {
  const ends = taints.filter(({ effect }) => effect === 'NoExecute')
  return (
    pod.metadata.deletionTimestamp !== undefined || ends.some((one) => toleratesForMs(pod, one) !== Infinity)
  )
}

/** What could not be evicted is no flaw of a drain that is to time out, but what it is about. */
function heldUp(
  context: FaultContext,
  evictions: readonly Evidence[],
  { timeoutMs }: EvictionOptions,
): readonly Evidence[] {
  const left = evictions.filter(({ holds }) => !holds)
  const what =
    left.length === 0
      ? 'nothing held the drain up: all pods that it is about went'
      : `the drain timed out after ${seconds(timeoutMs)}: ${String(left.length)} of ${counted(evictions.length, 'pod')} ${left.length === 1 ? 'is' : 'are'} still there`
  return [...evictions.map((one) => ({ ...one, holds: true })), evidence(context, what, left.length > 0)]
}

async function stays(
  context: FaultContext,
  leftAlone: readonly SeenPod[],
  going: readonly SeenPod[],
): Promise<Evidence> {
  const access = accessOf(context)
  const staying = leftAlone.filter((pod) => !going.includes(pod))
  const now = await Promise.all(staying.map((pod) => lookAgain(access, pod)))
  const gone = staying.filter(
    (_, index) => now[index]?.metadata.deletionTimestamp !== undefined || !now[index],
  )
  const because = staying.map(
    (pod) => `${nameOf(pod)} (${isMirror(pod) ? 'of a file on the node' : 'DaemonSet'})`,
  )
  const anyway = going.length === 0 ? '' : `; ended by something else: ${going.map(nameOf).join(', ')}`
  const what =
    gone.length === 0
      ? `these stayed, by their uids: ${because.join(', ') || 'none'}${anyway}`
      : `these went as well: ${gone.map(nameOf).join(', ')}`
  return evidence(context, what, gone.length === 0, { pods: staying.map(shortly), going: going.map(shortly) })
}

export interface DrainOptions {
  /** How long evictions that a budget forbids are tried, and pods may take to end. Default 2m. */
  readonly timeout?: Duration
  /** In place of the pods' own, as k0sctl gives 120s to all. */
  readonly gracePeriod?: Duration
  /** What the step has to show: that all pods went (default), or that a budget held one of them until the timeout. */
  readonly until?: 'drained' | 'timedOut'
}

/** What a scenario says. */
export const drainActions = (node: string) => {
  const target = { role: 'node', node } as const
  return {
    /** Cordons the node and evicts what is no DaemonSet's, until `uncordon`. */
    drain: ({ timeout = '2m', gracePeriod, until = 'drained' }: DrainOptions = {}): Action => ({
      type: 'inject',
      spec: {
        fault: 'drain',
        target,
        description: `drain ${node}${gracePeriod === undefined ? '' : ` with a grace period of ${describeDuration(durationMs(gracePeriod))}`}${until === 'timedOut' ? ' until it times out' : ''}`,
        parameters: {
          timeoutMs: durationMs(timeout),
          until,
          ...(gracePeriod !== undefined && { gracePeriodSeconds: durationMs(gracePeriod) / 1000 }),
        },
      },
    }),
    /** Nothing new is scheduled to the node, until `uncordon`. */
    cordon: (): Action => ({
      type: 'inject',
      spec: { fault: 'drain', target, description: `cordon ${node}`, parameters: { evict: false } },
    }),
    uncordon: (): Action => ({ type: 'heal', heals: 'drain', target, description: `uncordon ${node}` }),
  }
}
