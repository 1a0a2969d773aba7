import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { installControllerCommand, installWorkerCommand, k0sConfig, kubeletArguments } from './config.js'

const logPolicy = { maxBytes: 1_000_000, maxFiles: 3 }

test('without a grace period nothing but the address is set', () => {
  expect(parse(k0sConfig('172.18.0.100', undefined))).toEqual({
    apiVersion: 'k0s.k0sproject.io/v1beta1',
    kind: 'ClusterConfig',
    metadata: { name: 'k0s' },
    spec: {
      api: { address: '172.18.0.100', sans: ['172.18.0.100', '127.0.0.1'] },
      controllerManager: {},
      images: { default_pull_policy: 'IfNotPresent' },
      telemetry: { enabled: false },
    },
  })
  expect(kubeletArguments(logPolicy, undefined)).toBe(
    '--container-log-max-size=1000000 --container-log-max-files=3 --resolv-conf=/etc/k0s/resolv.conf',
  )
})

test('a grace period goes to everybody it concerns', () => {
  expect(parse(k0sConfig('172.18.0.100', 16))).toMatchObject({
    spec: { controllerManager: { extraArgs: { 'node-monitor-grace-period': '16s' } } },
  })
  expect(kubeletArguments(logPolicy, 16)).toBe(
    '--container-log-max-size=1000000 --container-log-max-files=3 --resolv-conf=/etc/k0s/resolv.conf --node-status-update-frequency=4s',
  )
})

test('a controller has nothing between its API server and the nodes', () => {
  expect(installControllerCommand().join(' ')).toBe(
    'k0s install controller --config /etc/k0s/k0s.yaml --disable-components konnectivity-server,metrics-server',
  )
})

test('all flags of kubelet are one word, whatever unit was there before', () => {
  expect(installWorkerCommand(kubeletArguments(logPolicy, 16))).toEqual([
    ...['k0s', 'install', 'worker', '--force', '--token-file', '/etc/k0s/k0stoken'],
    '--kubelet-extra-args=--container-log-max-size=1000000 --container-log-max-files=3 --resolv-conf=/etc/k0s/resolv.conf --node-status-update-frequency=4s',
  ])
})
