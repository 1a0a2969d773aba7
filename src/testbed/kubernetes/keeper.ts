import { GaplessError } from '../../errors.js'
import type { PodSpec, Workload } from '../contract.js'
import { machineOf, type KubernetesContext } from './context.js'
import { heldLabel, labelKeys, runLabel } from './labels.js'
import { barePodManifest, onlyOn } from './manifests.js'
import { nodeOf, type PodObject } from './objects.js'
import { objectPath } from './paths.js'

/** Whatever makes a pod anew when it is gone, and how to keep it from doing so. */
export interface Keeper {
  /** Absent: nobody. */
  readonly controller?: { readonly kind: Workload['kind']; readonly name: string }
  /** The pod, or the newest of several; those that are about to go come last. */
  find(): PodObject | undefined
  /** From now on no new pod is made, and one that is there is ended with its own grace period. */
  away(): Promise<void>
  /** Undoes it; on a node that is named, if one is. Throws 'usage' where the pod cannot be there. */
  back(node?: string): Promise<void>
}

export function keeperOf(workload: Workload, spec: PodSpec, context: KubernetesContext): Keeper {
  if (workload.kind === 'DaemonSet') return daemonSetKeeper(workload.name, spec, context)
  return scaledKeeper(workload.kind, workload.name, context)
}

/** A label on the node shuts the DaemonSet out of it. */
function daemonSetKeeper(name: string, spec: PodSpec, context: KubernetesContext): Keeper {
  const { kubernetesName } = machineOf(spec.node, context)
  const label = (value: string | null) =>
    context.api.patch(objectPath('Node', '', kubernetesName), {
      metadata: { labels: { [heldLabel(name)]: value } },
    })
  return {
    controller: { kind: 'DaemonSet', name },
    find: () => newest(podsOf(name, context).filter((pod) => nodeOf(pod) === kubernetesName)),
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

function scaledKeeper(kind: 'StatefulSet' | 'Deployment', name: string, context: KubernetesContext): Keeper {
  const path = objectPath(kind, context.namespace, name)
  return {
    controller: { kind, name },
    find: () => newest(podsOf(name, context)),
    away: () => context.api.patch(path, { spec: { replicas: 0 } }),
    back: async (node) => {
      const affinity = node === undefined ? undefined : onlyOn(machineOf(node, context).kubernetesName)
      await context.api.patch(path, {
        spec: {
          replicas: 1,
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

function podsOf(workload: string, { watch, runId }: KubernetesContext): readonly PodObject[] {
  return watch
    .pods()
    .filter(
      ({ metadata: { labels = {} } }) =>
        labels[labelKeys.workload] === workload && labels[labelKeys.run] === runLabel(runId),
    )
}

function newest(pods: readonly PodObject[]): PodObject | undefined {
  const going = (pod: PodObject) => Number(pod.metadata.deletionTimestamp !== undefined)
  return [...pods].sort(
    (a, b) =>
      going(a) - going(b) ||
      Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp),
  )[0]
}
