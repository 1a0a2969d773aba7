import {
  accessModes,
  drivers,
  isOurDriver,
  storageClasses,
  volumeForClaim,
  type VolumeKind,
} from '../../../../csi/names.js'
import type { StorageRecord } from '../../../../csi/records.js'
import { messageOf } from '../../../../errors.js'
import type { KubernetesApi } from '../../api.js'
import { labelKeys } from '../../labels.js'
import type { Machine } from '../../machine.js'
import { volumeDirectory } from '../../node-paths.js'
import type { Manifest, VolumeAttachmentObject } from '../../objects.js'
import { objectPath } from '../../paths.js'
import type { ObjectWatch } from '../../watch.js'
import { servedModes } from '../manifests.js'
import { kindOfClass, type ClaimObject, type VolumeObject } from '../objects.js'
import { bytesOf } from './quantity.js'

export interface ProvisionerOptions {
  readonly api: KubernetesApi
  readonly controlPlane: Machine
  readonly claims: ObjectWatch<ClaimObject>
  readonly volumes: ObjectWatch<VolumeObject>
  readonly attachments: ObjectWatch<VolumeAttachmentObject>
  readonly record: (record: StorageRecord) => void
}

/** How long a claim that could not be met waits until it is tried again. */
const retryMs = 3_000

/** Makes a volume for each claim of our classes, and removes those whose claim is gone and that no node has. */
export function createProvisioner(options: ProvisionerOptions): { reconcile(): Promise<void> } {
  const { api, controlPlane, claims, volumes, attachments, record } = options
  /** Their list is always a little behind. */
  const [made, removed] = [new Set<string>(), new Set<string>()]
  const failures = new Map<string, { readonly message: string; readonly atMs: number }>()

  async function provision(claim: ClaimObject, kind: VolumeKind): Promise<void> {
    const problem = problemOf(claim, kind) ?? (await tooLarge(claim, controlPlane))
    if (problem !== undefined) throw new Error(problem)
    const volume = volumeFor(claim)
    await controlPlane.exec(['mkdir', '--parents', '--mode=0777', volumeDirectory(volume)])
    await api.create(volumeManifest(claim, kind))
    made.add(volume)
    record({ type: 'provisioned', atMs: Date.now(), volume, claim: nameOf(claim), driver: kind })
  }

  async function failed(claim: ClaimObject, kind: VolumeKind, message: string): Promise<void> {
    const { uid } = claim.metadata
    const before = failures.get(uid)
    failures.set(uid, { message, atMs: Date.now() })
    if (before?.message === message) return
    record({ type: 'provisioning-failed', atMs: Date.now(), claim: nameOf(claim), message })
    await api.create(failureEvent(claim, kind, message))
  }

  async function meet(claim: ClaimObject): Promise<void> {
    const kind = kindOfClass(claim.spec.storageClassName)
    const { uid, deletionTimestamp } = claim.metadata
    const isOpen = claim.spec.volumeName === undefined && claim.status?.phase === 'Pending'
    const volume = volumeFor(claim)
    const isMade = made.has(volume) || volumes.objects().some(({ metadata }) => metadata.name === volume)
    if (kind === undefined || !isOpen || isMade || deletionTimestamp !== undefined) return
    if (Date.now() - (failures.get(uid)?.atMs ?? 0) < retryMs) return
    await provision(claim, kind).catch((error: unknown) => failed(claim, kind, messageOf(error)))
  }

  async function release({ metadata, spec, status }: VolumeObject): Promise<void> {
    const volume = metadata.name
    const isAttached = attachments
      .objects()
      .some((attachment) => attachment.spec.source.persistentVolumeName === volume)
    const driver = kindOfClass(spec.storageClassName)
    // Failed: Kubernetes tried to delete it itself, and knows not how.
    const isReleased = status?.phase === 'Released' || status?.phase === 'Failed'
    const isOver = isReleased && metadata.deletionTimestamp === undefined && !removed.has(volume)
    if (!isOurDriver(spec.csi?.driver) || driver === undefined || !isOver || isAttached) return
    await controlPlane.exec(['rm', '--recursive', '--force', volumeDirectory(volume)])
    if (!(await api.remove(objectPath('PersistentVolume', '', volume), { uid: metadata.uid }))) return
    removed.add(volume)
    const claim = `${spec.claimRef?.namespace ?? ''}/${spec.claimRef?.name ?? ''}`
    record({ type: 'deleted', atMs: Date.now(), volume, claim, driver })
  }

  return {
    async reconcile() {
      for (const claim of claims.objects()) await meet(claim)
      for (const volume of volumes.objects()) await release(volume)
    },
  }
}

const volumeFor = ({ metadata }: ClaimObject): string => volumeForClaim(metadata.uid)
const nameOf = ({ metadata }: ClaimObject): string => `${metadata.namespace ?? ''}/${metadata.name}`
const requestOf = ({ spec }: ClaimObject): string => spec.resources?.requests?.storage ?? '0'

/** Why nobody could make such a volume. */
function problemOf({ spec }: ClaimObject, kind: VolumeKind): string | undefined {
  if (spec.volumeMode === 'Block') return 'it asks for a raw block device, and only file systems are served'
  const served = servedModes(kind)
  const other = spec.accessModes?.find((mode) => !served.includes(mode))
  if (other === undefined) return undefined
  return `it asks for ${other}, and volumes of the class ${storageClasses[kind]} are served as ${served.join(', ')} only`
}

async function tooLarge(claim: ClaimObject, controlPlane: Machine): Promise<string | undefined> {
  const { stdout } = await controlPlane.exec(['df', '--block-size=1', '--output=avail', volumeDirectory('')])
  const available = Number(stdout.trim().split('\n').at(-1))
  const wanted = bytesOf(requestOf(claim))
  if (wanted !== undefined && wanted <= available) return undefined
  const room = `${(available / 2 ** 30).toFixed(1)}Gi`
  return `it asks for ${requestOf(claim)}, and where volumes are kept ${room} are left`
}

function volumeManifest(claim: ClaimObject, kind: VolumeKind): Manifest {
  const { metadata, spec } = claim
  const run = metadata.labels?.[labelKeys.run]
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volumeFor(claim),
      // Tells Kubernetes that somebody else deletes it.
      annotations: { 'pv.kubernetes.io/provisioned-by': drivers[kind] },
      ...(run !== undefined && { labels: { [labelKeys.run]: run } }),
    },
    spec: {
      capacity: { storage: requestOf(claim) },
      accessModes: spec.accessModes ?? [accessModes[kind]],
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: storageClasses[kind],
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      csi: { driver: drivers[kind], volumeHandle: volumeFor(claim) },
    },
  }
}

/** As whoever asks about the claim sees it. */
function failureEvent({ metadata }: ClaimObject, kind: VolumeKind, message: string): Manifest {
  const { name, namespace = '', uid } = metadata
  const now = new Date()
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${now.getTime().toString(16)}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
    reason: 'ProvisioningFailed',
    type: 'Warning',
    message,
    source: { component: drivers[kind] },
    firstTimestamp: now.toISOString(),
    lastTimestamp: now.toISOString(),
    count: 1,
  }
}
