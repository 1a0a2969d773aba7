import { expect, test } from 'vitest'
import { driverManifests, madeOfLabel } from './manifests.js'

const settings = {
  nodes: ['worker', 'worker2'],
  image: 'node:20',
  program: 'the program',
  kubeletDirectory: '/var/lib/kubelet',
}
const manifests = driverManifests(settings)

test('a block volume is attached, and one that nodes share is not', () => {
  const found = manifests.filter(({ kind }) => kind === 'CSIDriver' || kind === 'StorageClass')
  expect(
    found.map(({ kind, metadata, spec, provisioner }) => [kind, metadata.name, spec ?? provisioner]),
  ).toEqual([
    [
      'CSIDriver',
      'rwo.csi.gapless.dev',
      { attachRequired: true, podInfoOnMount: false, volumeLifecycleModes: ['Persistent'] },
    ],
    ['StorageClass', 'gapless-rwo', 'rwo.csi.gapless.dev'],
    [
      'CSIDriver',
      'rwx.csi.gapless.dev',
      { attachRequired: false, podInfoOnMount: false, volumeLifecycleModes: ['Persistent'] },
    ],
    ['StorageClass', 'gapless-rwx', 'rwx.csi.gapless.dev'],
  ])
})

test('what it was made of is the same for the same, and another for anything else', () => {
  const madeOf = (changed: object) =>
    new Set(
      driverManifests({ ...settings, ...changed }).map(({ metadata }) => metadata.labels?.[madeOfLabel]),
    )
  const own = madeOf({})
  expect(own.size).toBe(1)
  expect(madeOf({})).toEqual(own)
  for (const change of [
    { nodes: ['worker'] },
    { image: 'node:22' },
    { program: 'another' },
    { kubeletDirectory: '/var/lib/k0s/kubelet' },
  ]) {
    expect(madeOf(change)).not.toEqual(own)
  }
})

test('what it mounts reaches the node, at the path that kubelet names', () => {
  const set = manifests.find(({ kind }) => kind === 'DaemonSet') as unknown as {
    spec: {
      template: { spec: { hostPID: boolean; containers: { command: string[]; volumeMounts: object[] }[] } }
    }
  }
  const { hostPID, containers } = set.spec.template.spec
  expect(hostPID).toBe(true)
  expect(containers[0]?.volumeMounts).toContainEqual({
    name: 'kubelet',
    mountPath: '/var/lib/kubelet',
    mountPropagation: 'Bidirectional',
  })
  expect(JSON.parse(containers[0]?.command[2] ?? '')).toEqual({
    node: '$(NODE_NAME)',
    shared: '/var/lib/gapless-volumes',
    kubeletDirectory: '/var/lib/kubelet',
  })
})
