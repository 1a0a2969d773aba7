import { type Evidence } from '../../store/result.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { conditionOf } from '../../testbed/kubernetes/objects.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'
import { accessOf, atMs, eventually, kubernetesWaited } from './access.js'
import { nodeObject, taintsOf } from './nodes.js'
import {
  controllerOf,
  isDaemonSetPod,
  isFinished,
  isMirror,
  isReady,
  lookAgain,
  nameOf,
  shortly,
  toldToGoAtMs,
  toleratesForMs,
  type SeenPod,
  type Taint,
} from './pods.js'
import { replacementOf } from './replacement.js'

/** What Kubernetes does about a node that no longer speaks. */

const unreachable = 'node.kubernetes.io/unreachable'

/** How far it is waited for: not at all, until the node controller notices, until it has told the pods to go. */
export type Reaction = 'none' | 'notReady' | 'evicted'

export interface Silence {
  readonly context: FaultContext
  readonly machine: Machine
  readonly sinceMs: number
  /** Those that were on the node right before. */
  readonly pods: readonly SeenPod[]
  /** Why the node speaks after all, in words. */
  readonly broken: () => Promise<string | undefined>
}

/** Longer than the node-monitor-grace-period of any version (40 s, since 1.32 50 s). */
const noticeTimeoutMs = 120_000

export async function reactionTo(silence: Silence, reaction: Reaction): Promise<readonly Evidence[]> {
  if (reaction === 'none') return []
  const noticed = await notReady(silence)
  if (!noticed.holds) return [noticed]
  return [noticed, await podsNotReady(silence), ...(reaction === 'evicted' ? await evicted(silence) : [])]
}

async function notReady({ context, machine, sinceMs, broken }: Silence): Promise<Evidence> {
  const access = accessOf(context)
  let why: string | undefined
  const node = await eventually(
    async () => {
      const found = await nodeObject(access, machine)
      why = await broken()
      return why !== undefined || (found && conditionOf(found, 'Ready')?.status === 'Unknown')
        ? found
        : undefined
    },
    { timeoutMs: noticeTimeoutMs, intervalMs: 1000, signal: context.signal },
  )
  const ready = node && conditionOf(node, 'Ready')
  if (why !== undefined) return evidence(context, why, false, { ready })
  if (ready?.status !== 'Unknown') {
    const now = await nodeObject(access, machine)
    const status = now ? (conditionOf(now, 'Ready')?.status ?? 'not there') : 'that of no node'
    const what = `the node controller did not notice within ${seconds(noticeTimeoutMs)}: Ready of ${machine.node} is ${status}`
    return evidence(context, what, false)
  }
  const waitedMs = atMs(ready.lastTransitionTime) - sinceMs
  const what = `Ready of ${machine.node} is Unknown since ${ready.lastTransitionTime ?? '?'}, ${seconds(waitedMs)} after it fell silent (${ready.reason ?? ''})`
  return evidence(context, what, true, {
    ready,
    ...kubernetesWaited('node-monitor-grace-period', sinceMs, sinceMs + waitedMs),
  })
}

/** The controller marks the pods of such a node, which takes them out of their Services. */
async function podsNotReady({ context, pods, machine }: Silence): Promise<Evidence> {
  const access = accessOf(context)
  const wereReady = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined)
  const marked = async () => {
    const now = await Promise.all(wereReady.map((pod) => lookAgain(access, pod)))
    return now.filter((pod) => pod !== undefined && !isReady(pod))
  }
  const found = await eventually(
    async () => ((await marked()).length >= wereReady.length ? marked() : undefined),
    { timeoutMs: 20_000, signal: context.signal },
  )
  const list = (found ?? (await marked())).filter((pod) => pod !== undefined)
  const what = `${String(list.length)} of ${String(wereReady.length)} pods that were ready on ${machine.node} are marked not ready`
  return evidence(context, what, found !== undefined, {
    pods: list.map((pod) => ({ ...shortly(pod), ready: conditionOf(pod, 'Ready') })),
  })
}

/**
 * Pods of the run that do not put up with such a node for ever. Others', such as an add-on of the cluster that happens to be
 * there, stay for five minutes unless they say otherwise, and nobody waits for that.
 */
export function evictable(pods: readonly SeenPod[], taint: Taint, namespace: string): readonly SeenPod[] {
  return pods.filter(
    (pod) =>
      pod.metadata.namespace === namespace &&
      !isDaemonSetPod(pod) &&
      !isMirror(pod) &&
      !isFinished(pod) &&
      toleratesForMs(pod, taint) !== Infinity,
  )
}

const unreachableTaint: Taint = { key: unreachable, effect: 'NoExecute' }

async function evicted({ context, machine, pods, broken }: Silence): Promise<readonly Evidence[]> {
  const access = accessOf(context)
  const concerned = evictable(pods, unreachableTaint, access.namespace)
  if (concerned.length === 0) {
    const what = `there is nothing of the run on ${machine.node} that could be evicted: its pods are DaemonSets' or tolerate ${unreachable}`
    return [evidence(context, what, false)]
  }
  const longestMs = Math.max(...concerned.map((pod) => toleratesForMs(pod, unreachableTaint) ?? 0))
  const timeoutMs = longestMs + 60_000
  let why: string | undefined
  const all = await eventually(
    async () => {
      why = await broken()
      if (why !== undefined) return true
      const now = await Promise.all(concerned.map((pod) => lookAgain(access, pod)))
      return now.every((pod) => pod === undefined || pod.metadata.deletionTimestamp !== undefined)
        ? true
        : undefined
    },
    { timeoutMs, intervalMs: 1000, signal: context.signal },
  )
  if (why !== undefined) return [evidence(context, why, false)]
  const taint = taintsOf(await nodeObject(access, machine)).find(
    ({ key, effect }) => key === unreachable && effect === 'NoExecute',
  )
  return Promise.all(
    concerned.map((pod) => evictionOf(pod, { context, taint, timeoutMs, all: all === true })),
  )
}

interface EvictionContext {
  readonly context: FaultContext
  readonly taint: Taint | undefined
  readonly timeoutMs: number
  readonly all: boolean
}

async function evictionOf(pod: SeenPod, how: EvictionContext): Promise<Evidence> {
  const { context, taint, timeoutMs, all } = how
  const access = accessOf(context)
  const now = await lookAgain(access, pod)
  if (now && now.metadata.deletionTimestamp === undefined) {
    const why = taint
      ? ''
      : `: the node controller did not put the taint ${unreachable}:NoExecute on its node`
    const what = `${nameOf(pod)} was not told to go within ${seconds(timeoutMs)}${why}`
    return evidence(context, what, false, shortly(pod))
  }
  const toldAtMs = now && toldToGoAtMs(now)
  const taintedAtMs = taint?.timeAdded === undefined ? undefined : atMs(taint.timeAdded)
  const known = toldAtMs !== undefined && taintedAtMs !== undefined
  const after = known ? ` ${seconds(toldAtMs - taintedAtMs)} after the taint ${unreachable}` : ''
  const replacement = await replacementOf(access, pod, context)
  const kind = controllerOf(pod)?.kind ?? 'pod of nobody'
  // Nobody may make another of its name before its node has said that it has ended.
  const replacedTooSoon = kind === 'StatefulSet' && (now === undefined || replacement.pod !== undefined)
  const what = `${nameOf(pod)} (${kind}) was told to go${after}${now ? ' and stays Terminating' : ' and is gone'}; ${replacement.says}`
  return evidence(context, what, all && !replacedTooSoon, {
    ...shortly(pod),
    toldToGoAtMs: toldAtMs,
    replacement: replacement.pod && shortly(replacement.pod),
    ...(known && kubernetesWaited(`tolerationSeconds of ${pod.metadata.name}`, taintedAtMs, toldAtMs)),
  })
}

/** What was told to go, replaced or is gone by now, for the end of it. */
export async function whatWent({ context, pods }: Pick<Silence, 'context' | 'pods'>): Promise<Evidence> {
  const access = accessOf(context)
  const own = pods.filter(({ metadata }) => metadata.namespace === access.namespace)
  const now = await Promise.all(own.map((pod) => lookAgain(access, pod)))
  const gone = own.filter((_, index) => now[index] === undefined)
  const going = now.filter((pod) => pod?.metadata.deletionTimestamp !== undefined)
  const names = (list: readonly (SeenPod | undefined)[]) =>
    list.map((pod) => pod?.metadata.name ?? '').join(', ') || 'none'
  const what = `of the run's ${String(own.length)} pods there ${names(going)} were told to go and are Terminating, ${names(gone)} are gone`
  return evidence(context, what, true, {
    terminating: going.map((pod) => pod && { ...shortly(pod), toldToGoAtMs: toldToGoAtMs(pod) }),
    gone: gone.map(shortly),
  })
}
