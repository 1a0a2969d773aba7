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

test('shortened timings go to everybody they concern, in each form of the configuration of kubeadm', () => {
  const timings = { nodeMonitorGracePeriodSeconds: 16, unreachableTolerationSeconds: 5 }
  const [kubelet, ...kubeadm] = configOf({ nodes: ['node-1'], logPolicy, timings }).patches
  expect(kubelet).toMatchObject({ nodeLeaseDurationSeconds: 16, nodeStatusUpdateFrequency: '4s' })
  const asMap = (version: string) => ({
    kind: 'ClusterConfiguration',
    apiVersion: `kubeadm.k8s.io/${version}`,
    controllerManager: { extraArgs: { 'node-monitor-grace-period': '16s' } },
    apiServer: { extraArgs: { 'default-unreachable-toleration-seconds': '5' } },
  })
  expect(kubeadm).toEqual([
    asMap('v1beta2'),
    asMap('v1beta3'),
    {
      kind: 'ClusterConfiguration',
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      controllerManager: { extraArgs: [{ name: 'node-monitor-grace-period', value: '16s' }] },
      apiServer: { extraArgs: [{ name: 'default-unreachable-toleration-seconds', value: '5' }] },
    },
  ])
})
