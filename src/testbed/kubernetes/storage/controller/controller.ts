import { appendFileSync } from 'node:fs'
import type { StorageRecord } from '../../../../csi/records.js'
import { messageOf } from '../../../../errors.js'
import { connect } from '../../api.js'
import { openMachine } from '../../machine.js'
import type { VolumeAttachmentObject } from '../../objects.js'
import { listPath } from '../../paths.js'
import { watchObjects } from '../../watch.js'
import type { ClaimObject, VolumeObject } from '../objects.js'
import { createAttacher } from './attacher.js'
import type { ControllerConfig } from './config.js'
import { createProvisioner } from './provisioner.js'
import { whenever } from './whenever.js'
import { watchTwoWriters } from './two-writers.js'

/** What is to be tried again is tried again that often. */
const retryMs = 1_000

/**
 * The controller of our volumes: makes and removes them, and attaches them to nodes. It runs outside of Kubernetes, because
 * how a disk and a machine really are must be asked there. Disposing of it leaves everything as it is.
 */
export async function openController(config: ControllerConfig): Promise<AsyncDisposable> {
  const api = await connect(config.kubeconfigPath)
  const controlPlane = await openMachine(config.controlPlane)
  const machines = await Promise.all(config.machines.map(openMachine))
  const record = (written: StorageRecord) => appendFileSync(config.records, `${JSON.stringify(written)}\n`)
  const watch = <T extends VolumeAttachmentObject | ClaimObject | VolumeObject>(
    what: string,
    kind: 'PersistentVolumeClaim' | 'PersistentVolume' | 'VolumeAttachment',
  ) => watchObjects<T>(api, listPath(kind), { what, onTrouble: complain })
  const claims = await watch<ClaimObject>('claims', 'PersistentVolumeClaim')
  const volumes = await watch<VolumeObject>('volumes', 'PersistentVolume')
  const attachments = await watch<VolumeAttachmentObject>('attachments', 'VolumeAttachment')

  const twoWriters = watchTwoWriters(machines, record)
  const provisioner = createProvisioner({ api, controlPlane, claims, volumes, attachments, record })
  const attacher = createAttacher({
    ...{ api, machines, attachments, volumes, record },
    onAttached: twoWriters.look,
    onError: complain,
  })
  const loops = [
    whenever([claims, volumes, attachments], retryMs, provisioner.reconcile, complain),
    whenever([attachments], retryMs, attacher.reconcile, complain),
  ]
  return {
    [Symbol.asyncDispose]: async () => {
      const open = [...loops, attacher, twoWriters, claims, volumes, attachments]
      await Promise.all(open.map((each) => each[Symbol.asyncDispose]()))
      api[Symbol.dispose]()
    },
  }
}

function complain(error: unknown): void {
  process.stderr.write(`${messageOf(error)}\n`)
}
