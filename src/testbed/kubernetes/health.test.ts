import { expect, test } from 'vitest'
import { changes } from './health.js'
import type { ClusterObject } from './ready.js'

const node = (...taints: readonly string[]): ClusterObject => ({
  kind: 'Node',
  metadata: { name: 'a' },
  spec: { taints: taints.map((key) => ({ key, effect: 'NoExecute' })) },
  status: {},
})

test('taints that Kubernetes puts on a node by itself, and takes off again, are no damage', () => {
  const own = ['node-role.kubernetes.io/control-plane', 'node.kubernetes.io/unreachable']
  expect(changes([node(...own)], 1)).toEqual([])
})

test('taints that faults put on a node are, also the one by which Kubernetes takes it for off', () => {
  expect(changes([node('evict', 'node.kubernetes.io/out-of-service')], 1)).toEqual([
    'a has the taint evict',
    'a has the taint node.kubernetes.io/out-of-service',
  ])
})

test('a node that is missing is', () => {
  expect(changes([node()], 2)).toEqual(['1 of 2 nodes are registered'])
})
