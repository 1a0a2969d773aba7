import { type KubernetesAccess, type Pod } from '../../testbed/contract.js'
import { isGone } from '../../testbed/kubernetes/api.js'
import { volumeOfClaim } from '../../testbed/kubernetes/attachments.js'
import { type VolumeAttachmentObject } from '../../testbed/kubernetes/objects.js'
import { objectPath } from '../../testbed/kubernetes/paths.js'

/** The PersistentVolume that the state of a Fluentd is on; undefined where its claim is bound to none, or it has none. */
export async function stateVolumeOf(
  { api, namespace }: KubernetesAccess,
  { spec }: Pod,
): Promise<string | undefined> {
  const source = spec.volumes.find(({ name }) => name === 'state')?.source
  if (source?.type !== 'persistentVolumeClaim') return undefined
  return volumeOfClaim(api, namespace, source.claimName)
}

export const attachmentPath = ({ metadata }: VolumeAttachmentObject) =>
  objectPath('VolumeAttachment', '', metadata.name)

/** The same one as it is now; undefined where it is gone, also where there is another of its name. */
export async function attachmentNow(
  { api }: KubernetesAccess,
  attachment: VolumeAttachmentObject,
): Promise<VolumeAttachmentObject | undefined> {
  try {
    const now = await api.get<VolumeAttachmentObject>(attachmentPath(attachment))
    return now.metadata.uid === attachment.metadata.uid ? now : undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** That of a node which the pod is no longer on, or the only one. */
export function leftBehind(
  attachments: readonly VolumeAttachmentObject[],
  podIsOn: string | undefined,
): VolumeAttachmentObject | undefined {
  const elsewhere = attachments.find(({ spec }) => spec.nodeName !== podIsOn)
  return elsewhere ?? (attachments.length === 1 ? attachments[0] : undefined)
}
