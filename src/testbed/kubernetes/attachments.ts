import type { KubernetesApi } from './api.js'
import type { ListOf, VolumeAttachmentObject } from './objects.js'
import { listPath, objectPath } from './paths.js'

/** The PersistentVolume that a claim is bound to; undefined where it is bound to none. */
export async function volumeOfClaim(
  api: KubernetesApi,
  namespace: string,
  claim: string,
): Promise<string | undefined> {
  const path = objectPath('PersistentVolumeClaim', namespace, claim)
  return (await api.get<{ spec: { volumeName?: string } }>(path)).spec.volumeName
}

/** Of a PersistentVolume, oldest first; those that are on their way to be gone included. */
export async function attachmentsOf(
  api: KubernetesApi,
  volume: string,
): Promise<readonly VolumeAttachmentObject[]> {
  const { items } = await api.get<ListOf<VolumeAttachmentObject>>(listPath('VolumeAttachment'))
  return items
    .filter(({ spec }) => spec.source.persistentVolumeName === volume)
    .sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
}
