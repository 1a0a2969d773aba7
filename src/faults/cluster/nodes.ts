import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { isConflict, isGone } from '../../testbed/kubernetes/api.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { conditionOf, type NodeObject } from '../../testbed/kubernetes/objects.js'
import { objectPath } from '../../testbed/kubernetes/paths.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'
import { accessOf, atMs, eventually } from './access.js'
import { isFinished, isReady, missingPods, nameOf, podsOfRun, type SeenPod, type Taint } from './pods.js'

export const nodePath = ({ kubernetesName }: Machine) => objectPath('Node', '', kubernetesName)

/** What the API server knows of a machine; undefined where it is not registered. */
export async function nodeObject(
  { api }: KubernetesAccess,
  machine: Machine,
): Promise<NodeObject | undefined> {
  try {
    return await api.get<NodeObject>(nodePath(machine))
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

export const taintsOf = (node: NodeObject | undefined): readonly Taint[] => node?.spec.taints ?? []

/** Changes the taints of a node, which Kubernetes changes as well: only if they are still those that were read. */
export async function changeTaints(
  access: KubernetesAccess,
  machine: Machine,
  change: (taints: readonly Taint[]) => readonly Taint[],
): Promise<void> {
  for (let left = 10; ; left -= 1) {
    const node = await nodeObject(access, machine)
    if (node === undefined) return
    const taints = change(taintsOf(node))
    try {
      const { resourceVersion } = node.metadata
      await access.api.patch(nodePath(machine), { metadata: { resourceVersion }, spec: { taints } })
      return
    } catch (error) {
      if (!isConflict(error) || left === 0) throw error
    }
  }
}

/** Waits until kubelet says again that the node is ready: said since then, not remembered from before. */
export async function readyAgain(
  context: FaultContext,
  machine: Machine,
  sinceMs: number,
): Promise<Evidence> {
  const timeoutMs = 180_000
  const access = accessOf(context)
  const node = await eventually(
    async () => {
      const found = await nodeObject(access, machine)
      const ready = found && conditionOf(found, 'Ready')
      // Heartbeats come in whole seconds.
      const said = atMs(ready && 'lastHeartbeatTime' in ready ? String(ready.lastHeartbeatTime) : undefined)
      return ready?.status === 'True' && said >= Math.floor(sinceMs / 1000) * 1000 ? found : undefined
    },
    { timeoutMs, signal: context.signal },
  )
  const tookMs = context.nowMs() - sinceMs
  const last = node ?? (await nodeObject(access, machine))
  const ready = last && conditionOf(last, 'Ready')
  const what = node
    ? `${machine.node} is Ready again, ${seconds(tookMs)} later`
    : `${machine.node} was not Ready again within ${seconds(timeoutMs)}: its condition Ready is ${ready?.status ?? 'not there'}`
  return evidence(context, what, node !== undefined, { ready, tookMs, uid: last?.metadata.uid })
}

/** Longer than controllers take to make a pod anew, and the scheduler to notice that there is room again. */
const schedulingMs = 15_000

/** Waits until every pod of the run that is meant for this node, or has no node, is as it should be. */
export async function podsSettled(context: FaultContext, machine: Machine): Promise<Evidence> {
  const timeoutMs = 120_000
  const access = accessOf(context)
  const fromMs = context.nowMs()
  const concerned = async () =>
    (await podsOfRun(access)).filter(
      ({ spec }) => spec.nodeName === undefined || spec.nodeName === machine.kubernetesName,
    )
  // One that fits nowhere may wait for another fault to be mended, and in a StatefulSet others may wait for it.
  const inTime = () => context.nowMs() - fromMs <= schedulingMs
  const fitsNowhere = (pod: SeenPod) => !inTime() && conditionOf(pod, 'PodScheduled')?.status === 'False'
  const pods = await eventually(
    async () => {
      const found = await concerned()
      if (!found.every((pod) => isSettled(pod) || fitsNowhere(pod))) return undefined
      return inTime() && (await missingPods(access)) > 0 ? undefined : found
    },
    { timeoutMs, signal: context.signal },
  )
  const tookMs = context.nowMs() - fromMs
  if (pods) {
    const ready = pods.filter(isReady)
    const others = pods.filter((pod) => !isSettled(pod)).map((pod) => `; ${trouble(pod)}`)
    const what = `its pods have settled within ${seconds(tookMs)}: ${ready.map(({ metadata }) => metadata.name).join(', ') || 'none'} ready${others.join('')}`
    return evidence(context, what, true, { pods: ready.map(({ metadata }) => metadata.uid), tookMs })
  }
  const unsettled = (await concerned()).filter((pod) => !isSettled(pod))
  const what = `its pods did not settle within ${seconds(timeoutMs)}: ${unsettled.map(trouble).join('; ')}`
  return evidence(context, what, false, { tookMs })
}

const isSettled = (pod: SeenPod) =>
  pod.metadata.deletionTimestamp === undefined && (isReady(pod) || isFinished(pod))

/** Why a pod is not as it should be, in Kubernetes' own words. */
export function trouble(pod: SeenPod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return `${nameOf(pod)} is Terminating`
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False')
    return `${nameOf(pod)} is Pending: ${scheduled.message ?? scheduled.reason ?? ''}`
  const waiting = pod.status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting
  return `${nameOf(pod)} is ${waiting?.reason ?? `${pod.status?.phase ?? 'unknown'}, not ready`}`
}
