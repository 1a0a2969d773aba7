import type { Manifest } from './objects.js'

/** Every kind that gapless makes or reads: where it is served, and whether it lies in a namespace. */
const kinds = {
  Namespace: { group: 'api/v1', plural: 'namespaces', namespaced: false },
  Node: { group: 'api/v1', plural: 'nodes', namespaced: false },
  PersistentVolume: { group: 'api/v1', plural: 'persistentvolumes', namespaced: false },
  ConfigMap: { group: 'api/v1', plural: 'configmaps', namespaced: true },
  Endpoints: { group: 'api/v1', plural: 'endpoints', namespaced: true },
  Event: { group: 'api/v1', plural: 'events', namespaced: true },
  PersistentVolumeClaim: { group: 'api/v1', plural: 'persistentvolumeclaims', namespaced: true },
  Pod: { group: 'api/v1', plural: 'pods', namespaced: true },
  Service: { group: 'api/v1', plural: 'services', namespaced: true },
  ServiceAccount: { group: 'api/v1', plural: 'serviceaccounts', namespaced: true },
  DaemonSet: { group: 'apis/apps/v1', plural: 'daemonsets', namespaced: true },
  Deployment: { group: 'apis/apps/v1', plural: 'deployments', namespaced: true },
  ReplicaSet: { group: 'apis/apps/v1', plural: 'replicasets', namespaced: true },
  StatefulSet: { group: 'apis/apps/v1', plural: 'statefulsets', namespaced: true },
  CSIDriver: { group: 'apis/storage.k8s.io/v1', plural: 'csidrivers', namespaced: false },
  CSINode: { group: 'apis/storage.k8s.io/v1', plural: 'csinodes', namespaced: false },
  StorageClass: { group: 'apis/storage.k8s.io/v1', plural: 'storageclasses', namespaced: false },
  VolumeAttachment: { group: 'apis/storage.k8s.io/v1', plural: 'volumeattachments', namespaced: false },
  PodDisruptionBudget: { group: 'apis/policy', plural: 'poddisruptionbudgets', namespaced: true },
} as const

export type Kind = keyof typeof kinds

/** The path that lists a kind: of one namespace, or where none is given of all. */
export function listPath(kind: Exclude<Kind, 'PodDisruptionBudget'>, namespace?: string): string {
  const { group, plural } = kinds[kind]
  return namespace === undefined ? `/${group}/${plural}` : `/${group}/namespaces/${namespace}/${plural}`
}

/** The path of one object; `namespace` is not looked at for kinds that have none. */
export function objectPath(
  kind: Exclude<Kind, 'PodDisruptionBudget'>,
  namespace: string,
  name: string,
): string {
  return `${listPath(kind, kinds[kind].namespaced ? namespace : undefined)}/${name}`
}

/** Where an object of ours is posted to. Its own apiVersion counts, which differs between servers for some kinds. */
export function collectionPath({ apiVersion, kind, metadata }: Manifest): string {
  if (!(kind in kinds)) throw new TypeError(`no path is known for ${apiVersion} ${kind}`)
  const { plural, namespaced } = kinds[kind as Kind]
  const group = apiVersion === 'v1' ? 'api/v1' : `apis/${apiVersion}`
  if (!namespaced) return `/${group}/${plural}`
  if (metadata.namespace === undefined) throw new TypeError(`a ${kind} needs a namespace`)
  return `/${group}/namespaces/${metadata.namespace}/${plural}`
}
