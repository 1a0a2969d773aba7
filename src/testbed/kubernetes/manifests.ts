import type {
  V1Affinity,
  V1DaemonSet,
  V1Deployment,
  V1NodeAffinity,
  V1NodeSelectorTerm,
  V1PersistentVolumeClaimSpec,
  V1PodTemplateSpec,
  V1StatefulSet,
  V1Toleration,
} from '@kubernetes/client-node'
import { isDeepStrictEqual } from 'node:util'
import { GaplessError } from '../../errors.js'
import type { PodSpec, Workload } from '../contract.js'
import { heldLabel, labelKeys, runLabel, selectorOf } from './labels.js'
import { claimTemplateName, filesConfigMap, podTemplateSpec } from './pod-template.js'
import type { Manifest, Plain } from './objects.js'

export interface WorkloadSettings {
  readonly namespace: string
  readonly runId: string
  /** What the API server calls the nodes, by the plan's names of them. */
  readonly kubernetesNames: Readonly<Record<string, string>>
  /** TCP ports of the container by name. */
  readonly ports?: Readonly<Record<string, number>>
  /** The pod is ready when this port takes connections; absent: when its container runs. */
  readonly readinessPort?: number
  /** Default none: what the DaemonSet controller adds by itself, and what every pod gets (300 s unreachable). */
  readonly tolerations?: Plain<V1Toleration[]>
  /** No two pods of this workload on a node. */
  readonly antiAffinity?: boolean
  readonly podDisruptionBudget?: { readonly minAvailable: number } | { readonly maxUnavailable: number }
  /** The version of it that the API server serves. */
  readonly policy: 'policy/v1' | 'policy/v1beta1'
  /** Default: the cluster's. */
  readonly storageClass?: string
}

/** As kube-proxy has it: such a pod goes on through every taint. */
export const tolerateEverything: Plain<V1Toleration[]> = [{ operator: 'Exists' }]

/** The default request of a claim whose size nobody limits. */
const claimSize = '1Gi'

/**
 * Everything that one workload needs but its namespace, in an order in which it can be created. Throws 'usage' for
 * pods that no controller of its kind would keep.
 */
export function workloadManifests(workload: Workload, settings: WorkloadSettings): readonly Manifest[] {
  const spec = onlySpec(workload)
  const { namespace } = settings
  const meta = (name: string): Manifest['metadata'] => ({
    name,
    namespace,
    labels: labelsOf(workload, settings),
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: meta(workload.name),
      automountServiceAccountToken: false,
    },
    ...filesConfigMap(spec, meta(`${workload.name}-files`)),
    ...ownClaims(workload, spec, settings),
    ...disruptionBudget(workload, settings, meta(workload.name)),
    controller(workload, spec, settings),
  ]
}

function onlySpec(workload: Workload): PodSpec {
  const [first, ...others] = workload.pods
  const problem = first === undefined ? 'it has no pods' : problemOf(workload, first, others)
  if (first !== undefined && problem === undefined) return first
  throw new GaplessError(`${workload.kind} ${workload.name} cannot be made: ${problem ?? ''}`, {
    code: 'usage',
  })
}

function problemOf(workload: Workload, first: PodSpec, others: readonly PodSpec[]): string | undefined {
  if (!/^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/.test(workload.name))
    return `"${workload.name}" is no name for it`
  if (first.image === undefined) return `pod ${first.name} names no image`
  if (first.restartPolicy !== 'Always') return `its pods are always restarted, ${first.name} is not to be`
  if (workload.kind !== 'DaemonSet') return others.length > 0 ? 'it has more than one pod' : undefined
  const nodes = workload.pods.map(({ node }) => node)
  if (new Set(nodes).size < nodes.length) return `two of its pods are on one node (${nodes.join(', ')})`
  for (const other of others) {
    const different = [...new Set([...Object.keys(first), ...Object.keys(other)])].filter(
      (key) =>
        key !== 'name' &&
        key !== 'node' &&
        !isDeepStrictEqual(first[key as keyof PodSpec], other[key as keyof PodSpec]),
    )
    if (different.length > 0) return `${first.name} and ${other.name} differ in ${different.join(', ')}`
  }
  return undefined
}

function labelsOf(workload: Workload, { runId }: WorkloadSettings): Record<string, string> {
  const [first, ...others] = workload.pods
  return {
    'app.kubernetes.io/name': workload.name,
    ...selectorOf(workload.name, runId),
    ...(first && { [labelKeys.role]: first.role }),
    // A pod that may move says where it is itself.
    ...(first && others.length === 0 && workload.kind === 'DaemonSet' && { [labelKeys.node]: first.node }),
  }
}

function controller(workload: Workload, spec: PodSpec, settings: WorkloadSettings): Manifest {
  const { namespace, runId } = settings
  const labels = labelsOf(workload, settings)
  const metadata = { name: workload.name, namespace, labels }
  const selector = { matchLabels: { ...selectorOf(workload.name, runId) } }
  const template: Plain<V1PodTemplateSpec> = {
    metadata: { labels },
    spec: {
      ...podTemplateSpec(workload, spec, settings),
      affinity: affinityOf(workload, settings),
      tolerations: [...(settings.tolerations ?? [])],
    },
  }
  switch (workload.kind) {
    case 'DaemonSet':
      return {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata,
        spec: { selector, template },
      } satisfies Plain<V1DaemonSet>
    case 'Deployment':
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: { replicas: 1, selector, template },
      } satisfies Plain<V1Deployment>
    case 'StatefulSet':
      return {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata,
        spec: {
          replicas: 1,
          serviceName: workload.name,
          selector,
          template,
          volumeClaimTemplates: spec.volumes.flatMap((volume) => {
            const name = claimTemplateName(workload, volume)
            if (name === undefined) return []
            return [{ metadata: { name, labels }, spec: claimSpec(volume.sizeLimitBytes, settings) }]
          }),
        },
      } satisfies Plain<V1StatefulSet>
  }
}

function affinityOf(workload: Workload, settings: WorkloadSettings): Plain<V1Affinity> {
  return {
    ...nodeAffinity(workload, settings),
    ...(settings.antiAffinity && {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { ...selectorOf(workload.name, settings.runId) } },
          },
        ],
      },
    }),
  }
}

/** A DaemonSet is for the nodes of its pods and no others; what can move starts where it is meant to, if it can. */
function nodeAffinity(workload: Workload, settings: WorkloadSettings): Plain<V1Affinity> {
  const names = workload.pods.map(({ node }) => kubernetesName(node, settings))
  if (workload.kind !== 'DaemonSet') return { nodeAffinity: preferring(names[0] ?? '') }
  const nodeSelectorTerms = names.map((name): Plain<V1NodeSelectorTerm> => ({
    matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }],
    matchExpressions: [
      { key: heldLabel(workload.name), operator: 'NotIn', values: [runLabel(settings.runId)] },
    ],
  }))
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
}

/** Older schedulers weigh labels only, no fields. */
export function preferring(kubernetesNode: string): Plain<V1NodeAffinity> {
  const key = 'kubernetes.io/hostname'
  return {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, preference: { matchExpressions: [{ key, operator: 'In', values: [kubernetesNode] }] } },
    ],
  }
}

/** There and nowhere else. */
export function onlyOn(kubernetesNode: string): Plain<V1NodeAffinity> {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [kubernetesNode] }]
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } }
}

export function kubernetesName(
  node: string,
  { kubernetesNames }: Pick<WorkloadSettings, 'kubernetesNames'>,
): string {
  const name = kubernetesNames[node]
  if (name !== undefined) return name
  const known = Object.keys(kubernetesNames).join(', ')
  throw new GaplessError(`There is no node ${node}; there is ${known}`, { code: 'usage' })
}

/** Claims that no template makes: those of a Deployment, or of another name than a template's would have. */
function ownClaims(workload: Workload, spec: PodSpec, settings: WorkloadSettings): readonly Manifest[] {
  return spec.volumes.flatMap((volume) => {
    const { source, sizeLimitBytes } = volume
    if (source.type !== 'persistentVolumeClaim' || claimTemplateName(workload, volume) !== undefined)
      return []
    const metadata = {
      name: source.claimName,
      namespace: settings.namespace,
      labels: labelsOf(workload, settings),
    }
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata }
    return [{ ...claim, spec: claimSpec(sizeLimitBytes, settings) }]
  })
}

function claimSpec(
  bytes: number | undefined,
  { storageClass }: WorkloadSettings,
): Plain<V1PersistentVolumeClaimSpec> {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: bytes === undefined ? claimSize : String(bytes) } },
    ...(storageClass !== undefined && { storageClassName: storageClass }),
  }
}

function disruptionBudget(
  workload: Workload,
  { podDisruptionBudget, policy, runId }: WorkloadSettings,
  metadata: Manifest['metadata'],
): readonly Manifest[] {
  if (podDisruptionBudget === undefined) return []
  const selector = { matchLabels: selectorOf(workload.name, runId) }
  const spec = { ...podDisruptionBudget, selector }
  return [{ apiVersion: policy, kind: 'PodDisruptionBudget', metadata, spec }]
}

/** A pod of nobody, on its node; its files are another manifest (`bareFilesManifests`). */
export function barePodManifest(
  spec: PodSpec,
  { namespace, runId, kubernetesName }: { namespace: string; runId: string; kubernetesName: string },
): Manifest {
  const metadata = {
    name: spec.name,
    namespace,
    labels: { ...selectorOf(spec.name, runId), [labelKeys.role]: spec.role, [labelKeys.node]: spec.node },
  }
  const pod = {
    ...podTemplateSpec({ kind: 'Deployment', name: spec.name, pods: [spec] }, spec, {}),
    serviceAccountName: 'default',
    restartPolicy: spec.restartPolicy,
    affinity: { nodeAffinity: onlyOn(kubernetesName) },
    tolerations: tolerateEverything,
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod }
}

/** The ConfigMap of such a pod, where it has files. */
export function bareFilesManifests(
  spec: PodSpec,
  { namespace, runId }: { namespace: string; runId: string },
): readonly Manifest[] {
  const labels = { ...selectorOf(spec.name, runId) }
  return filesConfigMap(spec, { name: `${spec.name}-files`, namespace, labels })
}

/** A run's namespace. */
export function namespaceManifest(name: string, runId: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { [labelKeys.run]: runLabel(runId) } },
  }
}
