import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { k0sConfig, kubeletArguments } from './config.js'

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
