import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { labelKeys } from '../../testbed/kubernetes/labels.js'
import { conditionOf } from '../../testbed/kubernetes/objects.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'
import { accessOf, eventually } from './access.js'
import { nodeObject, nodePath } from './nodes.js'
import { controllerOf, isDaemonSetPod, lookAgain, nameOf, podPath, shortly, type SeenPod } from './pods.js'
import { replacementOf } from './replacement.js'

/** What fencing a node is made of, and what shows it. */

/** Ready, and registered anew unless its Node object was kept. `before` is that one's uid. */
export async function backAgain(
  context: FaultContext,
  machine: Machine,
  { before, keepNode }: { readonly before: string; readonly keepNode: boolean },
): Promise<Evidence> {
  const access = accessOf(context)
  const timeoutMs = 180_000
  const fromMs = context.nowMs()
  const node = await eventually(
    async () => {
      const found = await nodeObject(access, machine)
      const ready = found && conditionOf(found, 'Ready')?.status === 'True'
      return ready && (found.metadata.uid === before) === keepNode ? found : undefined
    },
    { timeoutMs, signal: context.signal },
  )
  const after = node?.metadata.uid
  const how = keepNode ? 'under its Node object of before' : `with the uid ${after ?? ''}`
  const what = node
    ? `${machine.node} is there again, ${how}, and is Ready after ${seconds(context.nowMs() - fromMs)}`
    : `${machine.node} is not there again, or is not Ready, after ${seconds(timeoutMs)}`
  return evidence(context, what, node !== undefined, { before, after })
}

export async function deletePods(
  context: FaultContext,
  access: KubernetesAccess,
  pods: readonly SeenPod[],
): Promise<Evidence> {
  await Promise.all(
    pods.map((pod) => access.api.remove(podPath(pod), { gracePeriodSeconds: 0, uid: pod.metadata.uid })),
  )
  const left = async () => {
    const now = await Promise.all(pods.map((pod) => lookAgain(access, pod)))
    return now.filter((pod) => pod !== undefined)
  }
  const timeoutMs = 30_000
  await eventually(async () => ((await left()).length === 0 ? true : undefined), {
    timeoutMs,
    signal: context.signal,
  })
  const still = await left()
  const what =
    still.length === 0
      ? `${String(pods.length)} pods were deleted by force and are gone by their uids`
      : `${still.map(nameOf).join(', ')} were still there ${seconds(timeoutMs)} after they were deleted by force`
  return evidence(context, what, pods.length > 0 && still.length === 0, { pods: pods.map(shortly) })
}

export async function unregister(context: FaultContext, machine: Machine, uid: string): Promise<Evidence> {
  const access = accessOf(context)
  await access.api.remove(nodePath(machine), { uid })
  const gone = await eventually(
    async () => ((await nodeObject(access, machine))?.metadata.uid === uid ? undefined : true),
    { timeoutMs: 30_000, signal: context.signal },
  )
  const is = gone ? 'is gone' : 'was still there 30 s later'
  const what = `the Node object of ${machine.node}, ${uid}, was deleted and ${is}`
  return evidence(context, what, gone === true, { uid })
}

/** Where the run's pods are now that may be anywhere; one that cannot be says why, as a volume may bind it. */
export async function elsewhere(context: FaultContext, access: KubernetesAccess, pods: readonly SeenPod[]) {
  const timeoutMs = 90_000
  const movable = pods.filter(
    (pod) =>
      pod.metadata.namespace === access.namespace && controllerOf(pod) !== undefined && !isDaemonSetPod(pod),
  )
  return Promise.all(
    movable.map(async (pod) => {
      const { pod: other, says } = await replacementOf(access, pod, context, timeoutMs)
      const scheduled = other && conditionOf(other, 'PodScheduled')
      const told = other?.spec.nodeName !== undefined || scheduled?.status === 'False'
      return evidence(context, `${nameOf(pod)} (${controllerOf(pod)?.kind ?? ''}): ${says}`, told, {
        ...shortly(pod),
        replacement: other && shortly(other),
      })
    }),
  )
}

/** Aggregators that run on there, looked for on the machine itself: the cluster knows of them no more. */
export async function outlivingAggregators(
  context: FaultContext,
  machine: Machine,
  pods: readonly SeenPod[],
): Promise<readonly Evidence[]> {
  const aggregators = pods.filter(({ metadata }) => metadata.labels?.[labelKeys.role] === 'aggregator')
  if (aggregators.length === 0) return []
  const timeoutMs = 10_000
  const unregistered = () =>
    context
      .fluentds({ role: 'aggregator' })
      .flatMap((target) => context.pod(target).former())
      .filter(({ node, registered }) => node === machine.node && !registered)
  // That an object is gone is heard of a moment after the API server says so.
  const former = await eventually(
    () => {
      const found = unregistered()
      return Promise.resolve(found.length >= aggregators.length ? found : undefined)
    },
    { timeoutMs, signal: context.signal },
  )
  const found = await Promise.all(
    (former ?? unregistered()).map(async (pod) => ({ pod, runs: await pod.runs() })),
  )
  const names = found.filter(({ runs }) => runs).map(({ pod }) => pod.name)
  const what =
    names.length === 0
      ? `no aggregator runs on on ${machine.node}`
      : `${names.join(', ')} runs on on ${machine.node}, though its object is gone`
  return [evidence(context, what, names.length > 0, { running: names })]
}
