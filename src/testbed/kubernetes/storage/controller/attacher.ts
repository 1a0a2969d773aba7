import { drivers } from '../../../../csi/names.js'
import type { StorageRecord } from '../../../../csi/records.js'
import { messageOf } from '../../../../errors.js'
import { isGone, type KubernetesApi } from '../../api.js'
import type { Machine } from '../../machine.js'
import type { VolumeAttachmentObject } from '../../objects.js'
import { objectPath } from '../../paths.js'
import type { ObjectWatch } from '../../watch.js'
import type { VolumeObject } from '../objects.js'
import { mountedOn } from './mounted.js'

export interface AttacherOptions {
  readonly api: KubernetesApi
  readonly machines: readonly Machine[]
  readonly attachments: ObjectWatch<VolumeAttachmentObject>
  readonly volumes: ObjectWatch<VolumeObject>
  readonly record: (record: StorageRecord) => void
  readonly onAttached: (volume: string, node: string) => void
  /** What could not be done is tried again. */
  readonly onError: (error: unknown) => void
}

/** Kept on an attachment until its volume is detached; named as external attachers name theirs. */
export const attachFinalizer = `external-attacher/${drivers.block.replaceAll('.', '-')}`

type Attachment = VolumeAttachmentObject

/**
 * Attaches what it is told to: which node may have a volume beside another one is the decision of Kubernetes' own
 * attach/detach controller. It detaches as a hypervisor does: what the machine has mounted stays attached, and so does
 * what a machine may have that is on and does not answer, or that nobody here knows; one that is off has nothing.
 */
export function createAttacher(options: AttacherOptions): AsyncDisposable & {
  reconcile(): Promise<void>
} {
  const { api, machines, attachments, volumes, record, onAttached, onError } = options
  const attached = new Set<string>()
  const seen = new Set<string>()
  const asked = new Set<string>()
  const released = new Set<string>()
  const refusals = new Map<string, string>()
  const looks = new Set<Promise<void>>()
  const busy = new Map<string, Promise<void>>()

  async function attach(attachment: Attachment): Promise<void> {
    const { metadata } = attachment
    const path = pathOf(attachment)
    const volume = volumeOf(attachment)
    if (!volumes.objects().some(({ metadata: { name } }) => name === volume)) {
      const attachError = { message: `there is no volume ${volume}`, time: new Date().toISOString() }
      if (attachment.status?.attachError?.message === attachError.message) return
      return api.patch(`${path}/status`, { status: { attached: false, attachError } })
    }
    const finalizers = [...new Set([...(metadata.finalizers ?? []), attachFinalizer])]
    await api.patch(path, { metadata: { finalizers } })
    await api.patch(`${path}/status`, { status: { attached: true, attachError: null } })
    attached.add(metadata.uid)
    record({ type: 'attached', atMs: Date.now(), ...whose(attachment) })
  }

  async function detach(attachment: Attachment): Promise<void> {
    const { uid, finalizers = [] } = attachment.metadata
    if (!asked.has(uid)) {
      asked.add(uid)
      record({ type: 'detach-asked', atMs: Date.now(), ...whose(attachment) })
    }
    const outcome = await reallyDetach(attachment)
    if ('refused' in outcome) return refuse(attachment, outcome.refused)
    const others = finalizers.filter((finalizer) => finalizer !== attachFinalizer)
    // Once that is done the attachment is gone, and it is to be known who let it go.
    released.add(uid)
    const atMs = Date.now()
    const path = pathOf(attachment)
    try {
      // It may stay for somebody else's finalizer, and is not to be taken for attached then.
      await api.patch(`${path}/status`, { metadata: { uid }, status: { attached: false, detachError: null } })
      await api.patch(path, { metadata: { uid, finalizers: others } })
    } catch (error) {
      released.delete(uid)
      throw error
    }
    record({ type: 'detached', atMs, ...whose(attachment), because: outcome.because })
  }

  async function reallyDetach(
    attachment: Attachment,
  ): Promise<{ readonly refused: string } | { readonly because: 'not-mounted' | 'powered-off' }> {
    const volume = volumeOf(attachment)
    const machine = machineOf(attachment)
    if (machine === undefined) {
      const { nodeName } = attachment.spec
      return { refused: `${nodeName} is none of this run's machines: whether it has ${volume} is not known` }
    }
    try {
      const mounted = await mountedOn(machine, volume)
      if (mounted === 'not-mounted' || mounted === 'powered-off') return { because: mounted }
      return { refused: `${volume} is still mounted on ${machine.kubernetesName}` }
    } catch (error) {
      return { refused: `${machine.kubernetesName} does not answer: ${messageOf(error)}` }
    }
  }

  async function refuse(attachment: Attachment, message: string): Promise<void> {
    const { uid } = attachment.metadata
    const isThere = attachments.objects().some(({ metadata }) => metadata.uid === uid)
    if (!isThere || refusals.get(uid) === message) return
    refusals.set(uid, message)
    record({ type: 'detach-refused', atMs: Date.now(), ...whose(attachment), message })
    const detachError = { message, time: new Date().toISOString() }
    await api.patch(`${pathOf(attachment)}/status`, { status: { detachError } })
  }

  function machineOf({ spec }: Attachment): Machine | undefined {
    return machines.find(({ kubernetesName }) => kubernetesName === spec.nodeName)
  }

  async function lookAfterVanished(attachment: Attachment): Promise<void> {
    const atMs = Date.now()
    const machine = machineOf(attachment)
    const unknown = () => 'unknown' as const
    const mounted = machine ? await mountedOn(machine, volumeOf(attachment)).catch(unknown) : unknown()
    record({
      type: 'attachment-vanished',
      atMs,
      ...whose(attachment),
      mounted: mounted === 'unknown' ? mounted : mounted === 'published' || mounted === 'staged',
    })
  }

  const unwatch = attachments.onChange(({ after, last }) => {
    const { uid } = last.metadata
    if (after !== undefined || !isOurs(last) || released.has(uid) || last.status?.attached !== true) return
    const look = lookAfterVanished(last)
    looks.add(look)
    void look.finally(() => looks.delete(look))
  })

  async function reconcile(attachment: Attachment): Promise<void> {
    const { uid, deletionTimestamp, finalizers = [] } = attachment.metadata
    const leaves = deletionTimestamp !== undefined
    if (leaves && finalizers.includes(attachFinalizer) && !released.has(uid)) await detach(attachment)
    if (!leaves && attachment.status?.attached !== true && !attached.has(uid)) await attach(attachment)
    if (attachment.status?.attached === true && !seen.has(uid)) {
      seen.add(uid)
      onAttached(volumeOf(attachment), attachment.spec.nodeName)
    }
  }

  /** One that waits for a silent machine keeps no other waiting. */
  function attend(attachment: Attachment): void {
    const { uid } = attachment.metadata
    if (busy.has(uid)) return
    const work = reconcile(attachment)
      .catch((error: unknown) => {
        if (!isGone(error)) onError(error)
      })
      .finally(() => busy.delete(uid))
    busy.set(uid, work)
  }

  return {
    reconcile() {
      attachments.objects().filter(isOurs).forEach(attend)
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: async () => {
      unwatch()
      await Promise.all([...looks, ...busy.values()])
    },
  }
}

const isOurs = ({ spec }: Attachment): boolean => spec.attacher === drivers.block
const volumeOf = ({ spec }: Attachment): string => spec.source.persistentVolumeName ?? ''
const pathOf = ({ metadata }: Attachment): string => objectPath('VolumeAttachment', '', metadata.name)

function whose(attachment: Attachment) {
  return {
    volume: volumeOf(attachment),
    node: attachment.spec.nodeName,
    uid: attachment.metadata.uid,
  }
}
