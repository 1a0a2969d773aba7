import { describeTarget, type Target } from '../../scenario/target.js'
import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { podLingersMs, type ListOf, type ObjectMeta } from '../../testbed/kubernetes/objects.js'
import { labelKeys } from '../../testbed/kubernetes/labels.js'
import { listPath, objectPath } from '../../testbed/kubernetes/paths.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually } from './access.js'
import { trouble } from './nodes.js'
import { controllerOf, isReady, podsOfRun, type SeenPod } from './pods.js'

const kinds = ['DaemonSet', 'StatefulSet', 'Deployment'] as const

interface Controller {
  readonly kind: (typeof kinds)[number]
  readonly name: string
}

/**
 * Replaces every pod of a workload as `kubectl rollout restart` does: its template gets an annotation, and its
 * controller goes on from there. Proven by the uids of the old pods, which are gone, and by new ones that are ready;
 * shown with the order and how many were down at once.
 */
export const rollingUpdate: FaultDefinition = {
  fault: 'rolling-update',
  needs: ['kubernetes'],
  targets: ['forwarders', 'aggregator'],
  momentary: true,
  async inject(spec, context) {
    const access = accessOf(context)
    const role = spec.target.role === 'forwarders' ? 'forwarder' : 'aggregator'
    const controller = await controllerFor(access, role)
    if (controller === undefined) {
      return { evidence: [evidence(context, `there is no workload of the ${role}`, false)] }
    }
    const before = (await podsFor(access, controller)).filter(isUp)
    const fromMs = context.nowMs()
    await restart(access, controller, spec.parameters.maxUnavailable as number | string | undefined)
    const seen = await watch(context, controller, before)
    return { evidence: shown({ context, controller, before, seen, fromMs }) }
  },
}

async function controllerFor(access: KubernetesAccess, role: string): Promise<Controller | undefined> {
  const selector = encodeURIComponent(`${labelKeys.role}=${role}`)
  for (const kind of kinds) {
    const path = `${listPath(kind, access.namespace)}?labelSelector=${selector}`
    const { items } = await access.api.get<ListOf<{ readonly metadata: ObjectMeta }>>(path)
    const [first] = items
    if (first) return { kind, name: first.metadata.name }
  }
  return undefined
}

async function podsFor(access: KubernetesAccess, { name }: Controller): Promise<readonly SeenPod[]> {
  return (await podsOfRun(access)).filter(
    (pod) => pod.metadata.labels?.[labelKeys.workload] === name && controllerOf(pod) !== undefined,
  )
}

const isUp = ({ metadata }: SeenPod) => metadata.deletionTimestamp === undefined

async function restart(
  { api, namespace }: KubernetesAccess,
  { kind, name }: Controller,
  maxUnavailable: number | string | undefined,
): Promise<void> {
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
  const rollingUpdate = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } }
  await api.patch(objectPath(kind, namespace, name), {
    spec: {
      template: { metadata: { annotations } },
      ...(maxUnavailable !== undefined && {
        [kind === 'Deployment' ? 'strategy' : 'updateStrategy']: rollingUpdate,
      }),
    },
  })
}

interface Seen {
  /** When each was first seen so, by uid. */
  readonly endingAtMs: Map<string, number>
  readonly goneAtMs: Map<string, number>
  readonly readyAtMs: Map<string, number>
  readonly fresh: Map<string, SeenPod>
  mostDown: number
  done: boolean
}

/** A pod takes its grace period to end, some time to go and a little to start, and they may go one after the other. */
async function watch(
  context: FaultContext,
  controller: Controller,
  before: readonly SeenPod[],
): Promise<Seen> {
  const access = accessOf(context)
  const seen: Seen = {
    endingAtMs: new Map(),
    goneAtMs: new Map(),
    readyAtMs: new Map(),
    fresh: new Map(),
    mostDown: 0,
    done: false,
  }
  const old = new Set(before.map(({ metadata }) => metadata.uid))
  const done = await eventually(
    async () => {
      const now = await podsFor(access, controller)
      const nowMs = context.nowMs()
      const note = (times: Map<string, number>, uid: string) => times.has(uid) || times.set(uid, nowMs)
      for (const { metadata } of before) {
        const still = now.find((pod) => pod.metadata.uid === metadata.uid)
        if (!still) note(seen.goneAtMs, metadata.uid)
        if (!still || !isUp(still)) note(seen.endingAtMs, metadata.uid)
      }
      for (const pod of now) {
        if (old.has(pod.metadata.uid)) continue
        seen.fresh.set(pod.metadata.uid, pod)
        if (isReady(pod)) note(seen.readyAtMs, pod.metadata.uid)
      }
      const ready = now.filter((pod) => isReady(pod) && isUp(pod)).length
      seen.mostDown = Math.max(seen.mostDown, before.length - ready)
      const freshReady = now.filter((pod) => !old.has(pod.metadata.uid) && isReady(pod) && isUp(pod)).length
      return seen.goneAtMs.size === before.length && freshReady >= before.length ? true : undefined
    },
    { timeoutMs: timeoutMs(before), intervalMs: 200, signal: context.signal },
  )
  seen.done = done === true
  return seen
}

function timeoutMs(before: readonly SeenPod[]): number {
  const each = before.map(({ spec }) => 1000 * (spec.terminationGracePeriodSeconds ?? 30) + podLingersMs)
  return each.reduce((sum, ms) => sum + ms, 30_000)
}

interface Shown {
  readonly context: FaultContext
  readonly controller: Controller
  readonly before: readonly SeenPod[]
  readonly seen: Seen
  readonly fromMs: number
}

function shown({ context, controller, before, seen, fromMs }: Shown): Evidence[] {
  const { endingAtMs, goneAtMs, readyAtMs, fresh, mostDown, done } = seen
  const at = (time: number | undefined) => (time === undefined ? 'never' : seconds(time - fromMs))
  const fate = ({ metadata, spec }: SeenPod) =>
    `${metadata.name} on ${spec.nodeName ?? '?'} told to go after ${at(endingAtMs.get(metadata.uid))}, gone after ${at(goneAtMs.get(metadata.uid))}`
  const comes = ({ metadata, spec }: SeenPod) =>
    `${metadata.name} on ${spec.nodeName ?? '?'} ready after ${at(readyAtMs.get(metadata.uid))}`
  const byTime = (times: Map<string, number>) => (a: SeenPod, b: SeenPod) =>
    (times.get(a.metadata.uid) ?? Infinity) - (times.get(b.metadata.uid) ?? Infinity)
  const gone = [...before].sort(byTime(endingAtMs)).map(fate).join('; ')
  const left = before.filter(({ metadata }) => !goneAtMs.has(metadata.uid))
  const unready = [...fresh.values()].filter(({ metadata }) => !readyAtMs.has(metadata.uid))
  const came = [...fresh.values()].sort(byTime(readyAtMs)).map(comes).join('; ')
  const data = {
    old: before.map(({ metadata }) => ({
      uid: metadata.uid,
      endingAtMs: endingAtMs.get(metadata.uid),
      goneAtMs: goneAtMs.get(metadata.uid),
    })),
    fresh: [...fresh.keys()].map((uid) => ({ uid, readyAtMs: readyAtMs.get(uid) })),
  }
  const name = `${controller.kind} ${controller.name}`
  return [
    evidence(
      context,
      `${name}: its old pods are gone, by their uids: ${gone || 'there were none'}`,
      before.length > 0 && left.length === 0,
      data,
    ),
    evidence(
      context,
      done
        ? `its new pods are ready: ${came}`
        : `its new pods were not all ready: ${unready.map(trouble).join('; ') || came}`,
      done,
    ),
    evidence(
      context,
      `at most ${String(mostDown)} of ${String(before.length)} were down at once`,
      mostDown <= before.length,
      { mostDown },
    ),
  ]
}

function rollingUpdateOf(target: Target, maxUnavailable?: number | `${number}%`): Action {
  const bound = maxUnavailable === undefined ? '' : `, ${String(maxUnavailable)} of them at once`
  return {
    type: 'inject',
    spec: {
      fault: 'rolling-update',
      target,
      description: `roll an update out to the ${describeTarget(target)}${bound}`,
      parameters: maxUnavailable === undefined ? {} : { maxUnavailable },
    },
  }
}

/** What a scenario says of all forwarders together, as a change of their DaemonSet concerns them all. */
export const forwarders = {
  /** As `kubectl rollout restart` does; done when all pods are new. `maxUnavailable`: 1 unless said otherwise. */
  rollingUpdate: ({ maxUnavailable }: { readonly maxUnavailable?: number | `${number}%` } = {}): Action =>
    rollingUpdateOf({ role: 'forwarders' }, maxUnavailable),
}

export const aggregatorRollout = {
  /** Replaces the aggregator's pod as `kubectl rollout restart` does; done when the new one is ready. */
  rollingUpdate: (): Action => rollingUpdateOf({ role: 'aggregator' }),
}
