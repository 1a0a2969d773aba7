import { type KubernetesAccess } from '../../testbed/contract.js'
import { isGone } from '../../testbed/kubernetes/api.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import {
  conditionOf,
  type ListOf,
  type ObjectMeta,
  type PodObject,
} from '../../testbed/kubernetes/objects.js'
import { listPath, objectPath } from '../../testbed/kubernetes/paths.js'
import { atMs } from './access.js'

export interface Toleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
  readonly timeAdded?: string
}

interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** A pod, with what decides about its staying. */
export interface SeenPod extends PodObject {
  readonly metadata: ObjectMeta & {
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly Owner[]
  }
  readonly spec: PodObject['spec'] & {
    readonly tolerations?: readonly Toleration[]
    readonly terminationGracePeriodSeconds?: number
    readonly containers?: readonly { readonly name: string; readonly image: string }[]
  }
}

/** Of all namespaces, finished ones included. */
export async function podsOn(
  { api }: KubernetesAccess,
  { kubernetesName }: Machine,
): Promise<readonly SeenPod[]> {
  const selector = encodeURIComponent(`spec.nodeName=${kubernetesName}`)
  return (await api.get<ListOf<SeenPod>>(`${listPath('Pod')}?fieldSelector=${selector}`)).items
}

export async function podsOfRun({ api, namespace }: KubernetesAccess): Promise<readonly SeenPod[]> {
  return (await api.get<ListOf<SeenPod>>(listPath('Pod', namespace))).items
}

interface Controller {
  readonly metadata: ObjectMeta
  readonly spec: { readonly replicas?: number }
  readonly status?: { readonly desiredNumberScheduled?: number }
}

/** How many pods of the run are gone, or going, that their controllers have not made anew yet. */
export async function missingPods(access: KubernetesAccess): Promise<number> {
  const { api, namespace } = access
  const kinds = ['StatefulSet', 'ReplicaSet', 'DaemonSet'] as const
  const lists = await Promise.all(kinds.map((kind) => api.get<ListOf<Controller>>(listPath(kind, namespace))))
  const staying = (await podsOfRun(access)).filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && !isFinished(pod),
  )
  const missing = lists
    .flatMap(({ items }) => items)
    .map(({ metadata: { uid }, spec, status }) => {
      const wanted = status?.desiredNumberScheduled ?? spec.replicas ?? 0
      return wanted - staying.filter((pod) => controllerOf(pod)?.uid === uid).length
    })
  return missing.filter((pods) => pods > 0).reduce((sum, pods) => sum + pods, 0)
}

export function podPath({ metadata }: PodObject): string {
  return objectPath('Pod', metadata.namespace ?? '', metadata.name)
}

/** The same pod as it is now; undefined where it is gone, also where there is another of its name. */
export async function lookAgain({ api }: KubernetesAccess, pod: SeenPod): Promise<SeenPod | undefined> {
  try {
    const now = await api.get<SeenPod>(podPath(pod))
    return now.metadata.uid === pod.metadata.uid ? now : undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

export function controllerOf({ metadata }: SeenPod): Owner | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller)
}

export const isDaemonSetPod = (pod: SeenPod) => controllerOf(pod)?.kind === 'DaemonSet'
/** Made by kubelet from a file on its node: the API server only shows it. */
export const isMirror = ({ metadata }: SeenPod) =>
  'kubernetes.io/config.mirror' in (metadata.annotations ?? {})
export const isFinished = ({ status }: SeenPod) => ['Succeeded', 'Failed'].includes(status?.phase ?? '')
export const isReady = (pod: SeenPod) => conditionOf(pod, 'Ready')?.status === 'True'

/** When it was told to go, which is a grace period before the time that it is given. */
export function toldToGoAtMs({ metadata }: SeenPod): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  return deletionTimestamp === undefined
    ? undefined
    : atMs(deletionTimestamp) - deletionGracePeriodSeconds * 1000
}

/** How long a pod stays on a node that has this taint; undefined where it does not tolerate it at all. */
export function toleratesForMs({ spec }: SeenPod, taint: Taint): number | undefined {
  const matching = (spec.tolerations ?? []).filter((toleration) => matches(toleration, taint))
  if (matching.length === 0) return undefined
  const bounds = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
  return bounds.length === 0 ? Infinity : Math.min(...bounds) * 1000
}

function matches({ key, operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key === undefined || key === '') return operator === 'Exists'
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
}

/** `kube-system/kube-proxy-abcde`. */
export const nameOf = ({ metadata }: PodObject) => `${metadata.namespace ?? ''}/${metadata.name}`

/** What evidence says of a pod. */
export function shortly(pod: SeenPod): Record<string, unknown> {
  const { metadata, spec } = pod
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName,
    controller: controllerOf(pod)?.kind,
  }
}
