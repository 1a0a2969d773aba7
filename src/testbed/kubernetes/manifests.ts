import type {
  V1DaemonSet,
  V1Deployment,
  V1PersistentVolumeClaimSpec,
  V1PodTemplateSpec,
  V1StatefulSet,
  V1Toleration,
} from '@kubernetes/client-node'
import { isDeepStrictEqual } from 'node:util'
import { accessModes, storageClasses } from '../../csi/names.js'
import { GaplessError } from '../../errors.js'
import type { PodSpec, VolumeSpec, Workload } from '../contract.js'
import { labelKeys, runLabel, selectorOf } from './labels.js'
import type { Manifest, Plain } from './objects.js'
import { affinityOf, onlyOn, type PlacementSettings } from './placement.js'
import { tolerateEverything } from './tolerations.js'
import { claimTemplateName, filesConfigMap, podTemplateSpec } from './pod-template.js'

export interface WorkloadSettings extends PlacementSettings {
  readonly namespace: string
  /** TCP ports of the container by name. */
  readonly ports?: Readonly<Record<string, number>>
  /** The pod is ready when this port takes connections; absent: when its container runs. */
  readonly readinessPort?: number
  /** Default none: what the DaemonSet controller adds by itself, and what every pod gets (300 s unreachable). */
  readonly tolerations?: Plain<V1Toleration[]>
  readonly podDisruptionBudget?: { readonly minAvailable: number } | { readonly maxUnavailable: number }
  /** The version of it that the API server serves. */
  readonly policy: 'policy/v1' | 'policy/v1beta1'
  /** Default: the cluster's. */
  readonly storageClass?: string
}

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
  for (const other of others) {
    const [one, another] = [templateOf(workload, first), templateOf(workload, other)]
    const different = [...new Set([...Object.keys(one), ...Object.keys(another)])].filter(
      (key) => !isDeepStrictEqual(one[key as keyof typeof one], another[key as keyof typeof one]),
    )
    if (different.length > 0) return `${first.name} and ${other.name} differ in ${different.join(', ')}`
  }
  return workload.kind === 'DaemonSet' ? problemOfNodes(workload) : problemOfNames(workload)
}

/** All but what pods of one template may differ in. */
function templateOf(workload: Workload, spec: PodSpec) {
  const volumes = spec.volumes.map((volume) => {
    const template = claimTemplateName(workload, volume)
    return template === undefined ? volume : { ...volume, source: template }
  })
  return { ...spec, name: '', node: '', volumes }
}

function problemOfNodes({ pods }: Workload): string | undefined {
  const nodes = pods.map(({ node }) => node)
  if (new Set(nodes).size === nodes.length) return undefined
  return `two of its pods are on one node (${nodes.join(', ')})`
}

/** A StatefulSet gives them their names. */
function problemOfNames({ name, pods }: Workload): string | undefined {
  const other = pods.find((pod, index) => pods.length > 1 && pod.name !== `${name}-${String(index)}`)
  return other && `none of its pods would be called "${other.name}"`
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
        spec: { replicas: workload.pods.length, selector, template },
      } satisfies Plain<V1Deployment>
    case 'StatefulSet':
      return {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata,
        spec: {
          replicas: workload.pods.length,
          serviceName: workload.name,
          selector,
          template,
          volumeClaimTemplates: spec.volumes.flatMap((volume) => {
            const name = claimTemplateName(workload, volume)
            if (name === undefined) return []
            return [{ metadata: { name, labels }, spec: claimSpec(volume, settings) }]
          }),
        },
      } satisfies Plain<V1StatefulSet>
  }
}

/** Claims that no template makes: those of a Deployment, or of another name than a template's would have. */
function ownClaims(workload: Workload, spec: PodSpec, settings: WorkloadSettings): readonly Manifest[] {
  return spec.volumes.flatMap((volume) => {
    const { source } = volume
    if (source.type !== 'persistentVolumeClaim' || claimTemplateName(workload, volume) !== undefined)
      return []
    const metadata = {
      name: source.claimName,
      namespace: settings.namespace,
      labels: labelsOf(workload, settings),
    }
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata }
    return [{ ...claim, spec: claimSpec(volume, settings) }]
  })
}

function claimSpec(
  { source, sizeLimitBytes: bytes }: VolumeSpec,
  settings: WorkloadSettings,
): Plain<V1PersistentVolumeClaimSpec> {
  const storage = source.type === 'persistentVolumeClaim' ? source.storage : undefined
  const storageClass = storage === undefined ? settings.storageClass : storageClasses[storage]
  return {
    accessModes: [accessModes[storage ?? 'block']],
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
