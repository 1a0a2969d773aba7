import { type Action } from '../../scenario/timeline.js'
import { type FluentdTarget } from '../../scenario/target.js'
import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { isGone } from '../../testbed/kubernetes/api.js'
import { attachmentsOf, volumeOfClaim } from '../../testbed/kubernetes/attachments.js'
import { type VolumeAttachmentObject } from '../../testbed/kubernetes/objects.js'
import { counted, seconds } from '../../words.js'
import { evidence, inEach, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually } from './access.js'
import {
  attachmentNow,
  attachmentPath,
  leftBehind,
  nodesWithClaim,
  stateClaimOf,
  whyStillThere,
} from './attachments.js'

/**
 * Deletes by hand the VolumeAttachment that keeps an aggregator's volume on a node where its pod is no longer, as people
 * do who stand before a Multi-Attach error. Proven by its uid, which is gone; or, where that is what is to be shown, by
 * the attacher's refusal and its being still there. What Kubernetes does then takes up to a minute: it looks for
 * attachments that went without it that often.
 */
export const attachmentDeleted: FaultDefinition = {
  fault: 'attachment-deleted',
  needs: ['kubernetes', 'rwo-volumes'],
  targets: ['aggregator'],
  momentary: true,
  knobProblem: (_, knobs) =>
    knobs['aggregator.storage'] === 'block' && knobs['aggregator.stateVolume'] === 'persistentVolumeClaim'
      ? undefined
      : 'only a block volume is attached to a node: set the knobs aggregator.storage=block and aggregator.stateVolume=persistentVolumeClaim',
  inject: inEach(async (target, spec, context) => {
    const access = accessOf(context)
    const { removeFinalizers, until } = spec.parameters as unknown as Required<DeleteAttachmentOptions>
    const claim = stateClaimOf(context.pod(target))
    const volume = claim === undefined ? undefined : await volumeOfClaim(access.api, access.namespace, claim)
    const all = volume === undefined ? [] : await attachmentsOf(access.api, volume)
    const podIsOn = claim === undefined ? [] : await nodesWithClaim(access, claim)
    const attachment = leftBehind(all, podIsOn)
    if (attachment === undefined) {
      const what = noneLeftBehind(volume ?? 'its volume', all)
      return { evidence: [evidence(context, what, false, { attachments: all, podIsOn })] }
    }
    const fromMs = context.nowMs()
    await deleteIt(access, attachment, removeFinalizers)
    const outcome =
      until === 'gone' ? await gone(context, attachment, fromMs) : await refused(context, attachment, fromMs)
    return { evidence: [was(context, attachment, removeFinalizers), outcome, await holds(context, target)] }
  }),
}

function noneLeftBehind(volume: string, attachments: readonly VolumeAttachmentObject[]): string {
  if (attachments.length === 0) return `there was no VolumeAttachment of ${volume}`
  const found = attachments.map(({ metadata, spec }) => `${metadata.name} to ${spec.nodeName}`).join(', ')
  return `no VolumeAttachment of ${volume} was deleted: its pod is where it is attached, by ${found}`
}

async function deleteIt(
  { api }: KubernetesAccess,
  attachment: VolumeAttachmentObject,
  removeFinalizers: boolean,
): Promise<void> {
  const path = attachmentPath(attachment)
  await api.remove(path, { uid: attachment.metadata.uid })
  if (!removeFinalizers) return
  const { uid } = attachment.metadata
  await api.patch(path, { metadata: { uid, finalizers: null } }).catch((error: unknown) => {
    // Its attacher was faster.
    if (!isGone(error)) throw error
  })
}

function was(
  context: FaultContext,
  { metadata, spec, status }: VolumeAttachmentObject,
  removeFinalizers: boolean,
): Evidence {
  const how = removeFinalizers ? ` with its finalizers, ${(metadata.finalizers ?? []).join(', ')},` : ''
  const what = `VolumeAttachment ${metadata.name} of ${spec.source.persistentVolumeName ?? '?'} to ${spec.nodeName}, ${metadata.uid},${how} was deleted; it was ${status?.attached === true ? 'attached' : 'not attached'}`
  return evidence(context, what, status?.attached === true, { metadata, spec, status })
}

async function gone(
  context: FaultContext,
  attachment: VolumeAttachmentObject,
  fromMs: number,
): Promise<Evidence> {
  const access = accessOf(context)
  const timeoutMs = 30_000
  const look = async () => ((await attachmentNow(access, attachment)) === undefined ? true : undefined)
  const isNow = await eventually(look, { timeoutMs, intervalMs: 250, signal: context.signal })
  const tookMs = context.nowMs() - fromMs
  if (isNow) return evidence(context, `it was gone ${seconds(tookMs)} later, by its uid`, true, { tookMs })
  const now = await attachmentNow(access, attachment)
  const what = `it was still there ${seconds(timeoutMs)} later, ${whyStillThere(now)}`
  return evidence(context, what, false, { status: now?.status })
}

/** A refusal is repeated: it counts once the attachment has outlived it by some seconds. */
const outlivesMs = 5000

async function refused(
  context: FaultContext,
  attachment: VolumeAttachmentObject,
  fromMs: number,
): Promise<Evidence> {
  const access = accessOf(context)
  const timeoutMs = 60_000
  let refusedAtMs: number | undefined
  await eventually(
    async () => {
      const now = await attachmentNow(access, attachment)
      if (now === undefined) return true
      if (now.status?.detachError !== undefined) refusedAtMs ??= context.nowMs()
      return refusedAtMs !== undefined && context.nowMs() - refusedAtMs >= outlivesMs ? true : undefined
    },
    { timeoutMs, signal: context.signal },
  )
  const now = await attachmentNow(access, attachment)
  const tookMs = context.nowMs() - fromMs
  if (now === undefined) {
    return evidence(context, `nobody refused to detach it: it was gone ${seconds(tookMs)} later`, false)
  }
  const why = now.status?.detachError?.message
  const what =
    why === undefined
      ? `nobody refused to detach it within ${seconds(timeoutMs)}, and it is still there`
      : `its attacher refuses to detach it, and ${seconds(tookMs)} later it is still there, by its uid: ${why}`
  return evidence(context, what, why !== undefined, { status: now.status })
}

/** What is on it, read from outside of every node. */
async function holds(context: FaultContext, target: FluentdTarget): Promise<Evidence> {
  const lines = await context.linesInBufferFiles(target)
  const what =
    lines === null
      ? 'its buffer is not on the volume'
      : `the buffer on the volume holds ${counted(lines, 'line')} now`
  return evidence(context, what, true, { lines })
}

export interface DeleteAttachmentOptions {
  /** As with `kubectl patch`, when the attacher does not let it go: whatever still has it mounted is not asked. Default false. */
  readonly removeFinalizers?: boolean
  /** How long the step lasts, and what it has to show: that it is gone (default), or that the attacher refused. */
  readonly until?: 'gone' | 'refused'
}

/** What a scenario says. */
export const attachmentActions = {
  /** Deletes the VolumeAttachment to the node that its pod has left. Needs aggregator.storage=block. */
  deleteVolumeAttachment: ({
    removeFinalizers = false,
    until = 'gone',
  }: DeleteAttachmentOptions = {}): Action => ({
    type: 'inject',
    spec: {
      fault: 'attachment-deleted',
      target: { role: 'aggregator' },
      description: `delete the VolumeAttachment of the aggregator's volume${
        removeFinalizers ? ' with its finalizers' : ''
      }${until === 'refused' ? ', which its attacher refuses' : ''}`,
      parameters: { removeFinalizers, until },
    },
  }),
}
