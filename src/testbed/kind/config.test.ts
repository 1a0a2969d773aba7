import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { kindConfig } from './config.js'

const logPolicy = { maxBytes: 1_000_000, maxFiles: 3 }

const directories = { mark: '/state/clusters/x/mark', volumes: '/state/clusters/x/volumes' }

function configOf(settings: Parameters<typeof kindConfig>[0]) {
  const config = parse(kindConfig(settings, 'gapless-x', directories)) as {
    nodes: { role: string }[]
    kubeadmConfigPatches: string[]
  }
  return { ...config, patches: config.kubeadmConfigPatches.map((patch) => parse(patch) as object) }
}

test('a cluster has a control plane and a worker for each node, all marked as ours and all with the shared volumes', () => {
  const extraMounts = [
    { hostPath: '/state/clusters/x/mark', containerPath: '/gapless', readOnly: true },
    { hostPath: '/state/clusters/x/volumes', containerPath: '/var/lib/gapless-volumes' },
  ]
  expect(configOf({ nodes: ['node-1', 'node-2'], logPolicy }).nodes).toEqual([
    { role: 'control-plane', extraMounts },
    { role: 'worker', extraMounts },
    { role: 'worker', extraMounts },
  ])
})

test('kubelet rotates logs as it is told, and all else is as Kubernetes has it', () => {
  expect(configOf({ nodes: ['node-1'], logPolicy }).patches).toEqual([
    { kind: 'KubeletConfiguration', containerLogMaxSize: '1000000', containerLogMaxFiles: 3 },
  ])
})
