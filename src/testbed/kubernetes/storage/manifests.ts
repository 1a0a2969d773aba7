import { createHash } from 'node:crypto'
import type { V1DaemonSet, V1PodSpec } from '@kubernetes/client-node'
import {
  accessModes,
  drivers,
  storageClasses,
  volumeKinds,
  type VolumeKind,
  sharedVolumesPath,
} from '../../../csi/names.js'
import type { Manifest, Plain } from '../objects.js'
import { tolerateEverything } from '../tolerations.js'

/** What is one for the whole cluster, which may outlast runs, is in no run's namespace. */
export const driverNamespace = 'kube-system'
export const driverName = 'gapless-csi'
export const driverLabels = { 'app.kubernetes.io/name': driverName } as const
/** Says what the driver in a cluster was made of: another gapless may bring another one. */
export const madeOfLabel = 'gapless.dev/made-of'

export interface DriverSettings {
  /** What the API server calls the nodes that need it. */
  readonly nodes: readonly string[]
  /** Of Node, which runs the plugin. */
  readonly image: string
  /** The text of the plugin's program. */
  readonly program: string
  /** Where kubelet keeps pods and plugins. */
  readonly kubeletDirectory: string
}

const programPath = '/gapless/csi.mjs'

/** The driver, in an order in which it can be created: what may be asked for, and what does it on each node. */
export function driverManifests(settings: DriverSettings): readonly Manifest[] {
  const manifests = [
    ...volumeKinds.flatMap((kind) => [csiDriver(kind), storageClass(kind)]),
    programConfigMap(settings),
    daemonSet(settings),
  ]
  const madeOf = createHash('sha256').update(JSON.stringify(manifests)).digest('hex').slice(0, 16)
  return manifests.map((manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata, labels: { ...driverLabels, [madeOfLabel]: madeOf } },
  }))
}

function csiDriver(kind: VolumeKind): Manifest {
  const spec = {
    attachRequired: kind === 'block',
    podInfoOnMount: false,
    volumeLifecycleModes: ['Persistent'],
  }
  return { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: drivers[kind] }, spec }
}

function storageClass(kind: VolumeKind): Manifest {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: storageClasses[kind] },
    provisioner: drivers[kind],
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  }
}

/** Which access modes a claim of a kind may ask for: what many may have, one may have as well. */
export function servedModes(kind: VolumeKind): readonly string[] {
  return kind === 'block' ? [accessModes.block] : [accessModes.file, accessModes.block, 'ReadOnlyMany']
}

function programConfigMap({ program }: DriverSettings): Manifest {
  const metadata = { name: driverName, namespace: driverNamespace }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'csi.mjs': program } }
}

function daemonSet(settings: DriverSettings): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: driverName, namespace: driverNamespace },
    spec: {
      selector: { matchLabels: driverLabels },
      template: { metadata: { labels: driverLabels }, spec: podSpec(settings) },
    },
  } satisfies Plain<V1DaemonSet>
}

/** It sees the node's processes and mounts, and needs no network: nothing that a fault cuts keeps it from its work. */
function podSpec({ image, kubeletDirectory, nodes }: DriverSettings): Plain<V1PodSpec> {
  const config = { node: '$(NODE_NAME)', shared: sharedVolumesPath, kubeletDirectory }
  const directory = (name: string, path: string) => ({ name, hostPath: { path, type: 'Directory' } })
  return {
    hostPID: true,
    hostNetwork: true,
    automountServiceAccountToken: false,
    priorityClassName: 'system-node-critical',
    terminationGracePeriodSeconds: 5,
    tolerations: tolerateEverything,
    affinity: { nodeAffinity: onlyOn(nodes) },
    containers: [
      {
        name: 'plugin',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', programPath, JSON.stringify(config)],
        env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
        securityContext: { privileged: true },
        volumeMounts: [
          { name: 'program', mountPath: '/gapless' },
          { name: 'kubelet', mountPath: kubeletDirectory, mountPropagation: 'Bidirectional' },
          { name: 'shared', mountPath: sharedVolumesPath },
        ],
      },
    ],
    volumes: [
      { name: 'program', configMap: { name: driverName } },
      directory('kubelet', kubeletDirectory),
      directory('shared', sharedVolumesPath),
    ],
  }
}

/** Others may not have its image, and cannot always pull it. */
const onlyOn = (nodes: readonly string[]) => ({
  requiredDuringSchedulingIgnoredDuringExecution: {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [...nodes] }] },
    ],
  },
})
