import { randomBytes } from 'node:crypto'
import { askKubectl, type ControlPlane } from '../kubernetes/control-plane.js'
import type { Machine } from '../kubernetes/machine.js'

/** k0s brings no storage along. */
const storageClass = 'gapless-local'
const label = 'gapless.dev/local-volume'

/** On a disk of a size of its own, where there is one. */
const directory = '/var/local-path-provisioner'

/** More than a pipeline has claims. */
const volumesPerNode = 6

/**
 * Volumes that are directories of one worker each, empty, which a claim is given where its pod is scheduled: the class
 * of claims that name none. Those of a run before are taken away.
 */
export async function makeLocalVolumes(
  controlPlane: ControlPlane,
  machines: readonly Machine[],
): Promise<void> {
  await askKubectl(
    controlPlane,
    ...['delete', 'persistentvolumes', '--selector', label, '--wait=false', '--ignore-not-found'],
  )
  await Promise.all(
    machines.map((machine) => machine.exec(['sh', '-c', `rm -rf ${directory} && mkdir -p ${directory}`])),
  )
  const items = [storageClassManifest(), ...machines.flatMap(volumesOf)]
  const { machine, kubectl } = controlPlane
  await machine.exec([...kubectl, 'apply', '--filename', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
}

function storageClassManifest() {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: storageClass,
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  }
}

function volumesOf({ kubernetesName }: Machine): readonly object[] {
  return Array.from({ length: volumesPerNode }, () => {
    const name = `gapless-${randomBytes(6).toString('hex')}`
    const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [kubernetesName] }
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, labels: { [label]: 'true' } },
      spec: {
        capacity: { storage: '100Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: storageClass,
        hostPath: { path: `${directory}/${name}`, type: 'DirectoryOrCreate' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
      },
    }
  })
}
