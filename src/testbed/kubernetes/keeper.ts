import { GaplessError } from '../../errors.js'
import type { PodSpec, Workload } from '../contract.js'
import { machineOf, type KubernetesContext } from './context.js'
import { heldLabel, labelKeys, runLabel } from './labels.js'
import { barePodManifest } from './manifests.js'
import { nodeOf, type PodObject } from './objects.js'
import { objectPath } from './paths.js'
import { onlyOn } from './placement.js'
import { placesOf } from './pod-places.js'

/** Whatever makes a pod anew when it is gone, and how to keep it from doing so. */
export interface Keeper {
  /** Absent: nobody. */
  readonly controller?: { readonly kind: Workload['kind']; readonly name: string }
  /** The pod's, in messages. */
  readonly name: string
  /** Whether a pod is this one, or was. */
  owns(pod: PodObject): boolean
  /** The pod, or the newest of several; those that are about to go come last. */
  find(): PodObject | undefined
  /** From now on no new pod is made, and one that is there is ended with its own grace period; replicas all together. */
  away(): Promise<void>
  /** Undoes it; on a node that is named, if one is. Throws 'usage' where the pod cannot be there. */
  back(node?: string): Promise<void>
}

/** One for each pod of a workload, in their order. */
export function keepersOf(workload: Workload, context: KubernetesContext): readonly Keeper[] {
  const { kind, name, pods } = workload
  if (kind === 'DaemonSet') return pods.map((spec) => daemonSetKeeper(name, spec, context))
  const placeOf = placesOf(pods.length, () => podsOf(name, context))
  const isReplica = (pod: PodObject, replica: number) =>
    isOf(name, pod, context) &&
    (kind === 'StatefulSet' ? pod.metadata.name === `${name}-${String(replica)}` : placeOf(pod) === replica)
  return pods.map((_, replica) => {
    const own = pods.length === 1 ? name : `${name}-${String(replica)}`
    const controller = { kind, name, replicas: pods.length }
    return scaledKeeper(controller, { name: own, owns: (pod) => isReplica(pod, replica) }, context)
  })
}

/** A label on the node shuts the DaemonSet out of it. */
function daemonSetKeeper(name: string, spec: PodSpec, context: KubernetesContext): Keeper {
  const { kubernetesName } = machineOf(spec.node, context)
  const label = (value: string | null) =>
    context.api.patch(objectPath('Node', '', kubernetesName), {
      metadata: { labels: { [heldLabel(name)]: value } },
    })
  const owns = (pod: PodObject) => isOf(name, pod, context) && nodeOf(pod) === kubernetesName
  return {
    controller: { kind: 'DaemonSet', name },
    name: `${name} on ${spec.node}`,
    owns,
    find: () => newest(context.watch.pods().filter(owns)),
    away: () => label(runLabel(context.runId)),
    back: async (node = spec.node) => {
      if (node !== spec.node) {
        throw new GaplessError(`The pod of DaemonSet ${name} on ${spec.node} cannot be moved to ${node}`, {
          code: 'usage',
        })
      }
      await label(null)
    },
  }
}

interface Scaled {
  readonly kind: 'StatefulSet' | 'Deployment'
  readonly name: string
  readonly replicas: number
}

function scaledKeeper(
  controller: Scaled,
  pod: Pick<Keeper, 'name' | 'owns'>,
  context: KubernetesContext,
): Keeper {
  const { kind, name, replicas } = controller
  const path = objectPath(kind, context.namespace, name)
  return {
    ...pod,
    controller,
    find: () => newest(context.watch.pods().filter(pod.owns)),
    away: () => context.api.patch(path, { spec: { replicas: 0 } }),
    back: async (node) => {
      const affinity = node === undefined ? undefined : onlyOn(machineOf(node, context).kubernetesName)
      await context.api.patch(path, {
        spec: {
          replicas,
          ...(affinity && { template: { spec: { affinity: { nodeAffinity: affinity } } } }),
        },
      })
      // A StatefulSet waits for ever for a pod that its former template let go nowhere.
      const waiting = affinity && podsOf(name, context).filter(({ spec }) => spec.nodeName === undefined)
      for (const { metadata } of waiting ?? []) {
        await context.api.remove(objectPath('Pod', context.namespace, metadata.name), { uid: metadata.uid })
      }
    },
  }
}

/** A pod of nobody: it is deleted, and created again by us. */
export function bareKeeper(spec: PodSpec, context: KubernetesContext): Keeper {
  const { api, namespace, runId } = context
  return {
    name: spec.name,
    owns: (pod) => isOf(spec.name, pod, context),
    find: () => newest(podsOf(spec.name, context)),
    away: async () => {
      await api.remove(objectPath('Pod', namespace, spec.name))
    },
    back: async (node = spec.node) => {
      const { kubernetesName } = machineOf(node, context)
      await api.create(barePodManifest({ ...spec, node }, { namespace, runId, kubernetesName }))
    },
  }
}

function podsOf(workload: string, context: KubernetesContext): readonly PodObject[] {
  return context.watch.pods().filter((pod) => isOf(workload, pod, context))
}

function isOf(workload: string, pod: PodObject, { runId }: KubernetesContext): boolean {
  const { labels = {} } = pod.metadata
  return labels[labelKeys.workload] === workload && labels[labelKeys.run] === runLabel(runId)
}

function newest(pods: readonly PodObject[]): PodObject | undefined {
  const going = (pod: PodObject) => Number(pod.metadata.deletionTimestamp !== undefined)
  return [...pods].sort(
    (a, b) =>
      going(a) - going(b) ||
      Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp),
  )[0]
}
