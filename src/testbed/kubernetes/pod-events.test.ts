import { expect, test } from 'vitest'
import { type PodObject } from './objects.js'
import { podEvents } from './pod-events.js'

const metadata = { name: 'p-0', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' }
const names = { pod: 'p', node: 'node-1' }
const conditions = [
  { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:02Z' },
] as const
const nowMs = Date.parse('2026-01-01T00:00:10.300Z')
const pending: PodObject = { metadata, spec: {} }
const placed: PodObject = { metadata, spec: { nodeName: 'worker' }, status: { conditions } }
const going: PodObject = {
  ...placed,
  metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:01:10Z', deletionGracePeriodSeconds: 60 },
}

test('a pod is scheduled once, also where it was seen before without a node', () => {
  const scheduled = { type: 'pod-scheduled', atMs: Date.parse('2026-01-01T00:00:02.999Z'), ...names }
  expect(podEvents({ after: pending, last: pending }, names, nowMs)).toEqual([])
  expect(podEvents({ before: pending, after: placed, last: placed }, names, nowMs)).toEqual([scheduled])
  expect(podEvents({ before: placed, after: placed, last: placed }, names, nowMs)).toEqual([])
})

test('it was told to go a grace period before the time that it is given', () => {
  expect(podEvents({ before: placed, after: going, last: going }, names, nowMs)).toEqual([
    { type: 'pod-terminating', atMs: nowMs, ...names },
  ])
})
