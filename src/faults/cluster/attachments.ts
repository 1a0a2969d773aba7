import { type KubernetesAccess, type Pod } from '../../testbed/contract.js'
import { isGone } from '../../testbed/kubernetes/api.js'
import { type ListOf, type PodObject, type VolumeAttachmentObject } from '../../testbed/kubernetes/objects.js'
import { listPath, objectPath } from '../../testbed/kubernetes/paths.js'

/** The claim that the state of a Fluentd is on; undefined where it has none. */
export function stateClaimOf({ spec }: Pick<Pod, 'spec'>): string | undefined {
  const source = spec.volumes.find(({ name }) => name === 'state')?.source
  return source?.type === 'persistentVolumeClaim' ? source.claimName : undefined
}

/** A pod, with the claims that it mounts. */
interface ClaimingPod extends PodObject {
  readonly spec: PodObject['spec'] & {
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[]
  }
}

/** Kubernetes' names of the nodes where a pod with this claim is, one that is on its way to be gone included. */
export async function nodesWithClaim(
  { api, namespace }: KubernetesAccess,
  claim: string,
): Promise<readonly string[]> {
  const { items } = await api.get<ListOf<ClaimingPod>>(listPath('Pod', namespace))
  return items.flatMap(({ spec: { volumes = [], nodeName } }) => {
    const mounts = volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim)
    return mounts && nodeName !== undefined ? [nodeName] : []
  })
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

/** The oldest one to a node that the pod has left: it is on another one, or on none. */
export function leftBehind(
  attachments: readonly VolumeAttachmentObject[],
  podIsOn: readonly string[],
): VolumeAttachmentObject | undefined {
  return attachments.find(({ spec }) => !podIsOn.includes(spec.nodeName))
}

/** Those of these volumes to one node, by what Kubernetes calls it. */
export function attachmentsTo(
  attachments: readonly VolumeAttachmentObject[],
  nodeName: string,
  volumes: readonly string[],
): readonly VolumeAttachmentObject[] {
  return attachments.filter(
    ({ spec }) => spec.nodeName === nodeName && volumes.includes(spec.source.persistentVolumeName ?? ''),
  )
}

/** What keeps one that was deleted, in words. */
export function whyStillThere(now: VolumeAttachmentObject | undefined): string {
  const refusal = now?.status?.detachError?.message
  if (refusal !== undefined) return `its attacher refuses to detach it: ${refusal}`
  const { finalizers = [] } = now?.metadata ?? {}
  return finalizers.length > 0 ? `kept by its finalizers ${finalizers.join(', ')}` : 'and nobody says why'
}
