import { describe, expect, test } from 'vitest'
import { evictable } from './node-silence.js'
import { toldToGoAtMs, toleratesForMs, type SeenPod, type Toleration } from './pods.js'
import { k0sctlEvictTaint } from './taint.js'

const metadata = { name: 'a', namespace: 'ns', uid: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
const owned = (kind: string) => [{ kind, name: 'owner', uid: '2', controller: true }]
const pod = (tolerations: readonly Toleration[], kind = 'StatefulSet'): SeenPod => ({
  metadata: { ...metadata, ownerReferences: owned(kind) },
  spec: { tolerations },
})
const unreachable = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }

test.each<[string, readonly Toleration[], number | undefined]>([
  ['none', [], undefined],
  ['everything, as kube-proxy does', [{ operator: 'Exists' }], Infinity],
  ['the key', [{ key: k0sctlEvictTaint.key, operator: 'Exists' }], Infinity],
  ['key and value', [{ key: k0sctlEvictTaint.key, value: 'true' }], Infinity],
  ['the key with another value', [{ key: k0sctlEvictTaint.key, value: 'false' }], undefined],
  ['another effect', [{ operator: 'Exists', effect: 'NoSchedule' }], undefined],
  ['another key', [{ key: 'other', operator: 'Exists' }], undefined],
  ['no key without Exists', [{ operator: 'Equal' }], undefined],
  [
    'for a while, and for a shorter one',
    [
      { operator: 'Exists', tolerationSeconds: 300 },
      { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
    ],
    5000,
  ],
])('tolerates %s', (_, tolerations, ms) => {
  expect(toleratesForMs(pod(tolerations), k0sctlEvictTaint)).toBe(ms)
})

describe('what a silent node loses', () => {
  const waits = pod([{ ...unreachable, operator: 'Exists', tolerationSeconds: 300 }])

  test('is what does not tolerate it for ever', () => {
    expect(evictable([waits, pod([{ operator: 'Exists' }]), pod([])], unreachable, 'ns')).toEqual([
      waits,
      pod([]),
    ])
  })

  test('is nothing of a DaemonSet, of a file on the node, or finished', () => {
    const mirror = {
      ...waits,
      metadata: { ...metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } },
    }
    const finished = { ...waits, status: { phase: 'Succeeded' } }
    expect(evictable([pod([], 'DaemonSet'), mirror, finished], unreachable, 'ns')).toEqual([])
  })

  test('is nothing of somebody else’s', () => {
    const addOn = { ...waits, metadata: { ...waits.metadata, namespace: 'local-path-storage' } }
    expect(evictable([addOn, waits], unreachable, 'ns')).toEqual([waits])
  })
})

test('a pod was told to go a grace period before its deletion timestamp', () => {
  const deletionTimestamp = '2026-01-01T00:00:30Z'
  const going = { ...metadata, deletionTimestamp, deletionGracePeriodSeconds: 30 }
  expect(toldToGoAtMs({ metadata: going, spec: {} })).toBe(Date.parse('2026-01-01T00:00:00Z'))
  expect(toldToGoAtMs({ metadata, spec: {} })).toBeUndefined()
})
