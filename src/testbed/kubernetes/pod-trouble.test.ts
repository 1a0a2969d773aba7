import { expect, test } from 'vitest'
import type { ContainerState, EventObject, PodObject } from './objects.js'
import { podEvents } from './pod-events.js'
import { troubleOf } from './pod-trouble.js'

const metadata = { name: 'p', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' }
const pod = (status: NonNullable<PodObject['status']>): PodObject => ({ metadata, spec: {}, status })
const container = (state: ContainerState, lastState?: ContainerState, containerID = 'containerd://1') =>
  pod({
    containerStatuses: [
      { name: 'c', ready: false, restartCount: 0, containerID, state, ...(lastState && { lastState }) },
    ],
  })
const event = (reason: string, message: string): EventObject => ({
  metadata,
  reason,
  message,
  involvedObject: {},
})

test('a pod that is being made is in no trouble', () => {
  expect(troubleOf(pod({}))).toBeUndefined()
  expect(troubleOf(container({ waiting: { reason: 'ContainerCreating' } }))).toBeUndefined()
  expect(troubleOf(container({ running: { startedAt: '2026-01-01T00:00:01Z' } }))).toBeUndefined()
})

test('one that no node takes may be taken a little later', () => {
  const message = '0/3 nodes are available'
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] as const
  expect(troubleOf(pod({ conditions }))).toEqual({ reason: 'Unschedulable', message, graceMs: 5000 })
})

test('one whose claim cannot be met says why', () => {
  const message = 'pod has unbound immediate PersistentVolumeClaims'
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] as const
  const ofClaim = {
    ...event('ProvisioningFailed', 'storageclass.storage.k8s.io "x" not found'),
    involvedObject: { kind: 'PersistentVolumeClaim', name: 'buffer' },
  }
  expect(troubleOf(pod({ conditions }), [ofClaim])?.message).toBe(
    `${message}; buffer: storageclass.storage.k8s.io "x" not found`,
  )
})

test('one that failed will not start, unless it is just being deleted', () => {
  const failed = pod({ phase: 'Failed', reason: 'Evicted', message: 'the node was low on memory' })
  expect(troubleOf(failed)).toEqual({
    reason: 'Evicted',
    message: 'the node was low on memory',
    graceMs: 0,
  })
  const deletionTimestamp = '2026-01-01T00:01:00Z'
  expect(troubleOf({ ...failed, metadata: { ...metadata, deletionTimestamp } })).toBeUndefined()
})

test('an image that is not there is told by the event that says why', () => {
  const state = { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } }
  const events = [
    event('Failed', 'Failed to pull image "x": no such host'),
    event('Failed', 'Error: ErrImagePull'),
  ]
  expect(troubleOf(container(state), events)).toEqual({
    reason: 'ImagePullBackOff',
    message: 'Failed to pull image "x": no such host',
    graceMs: 0,
  })
})

test('a crash loop says how it ended', () => {
  const ended = { terminated: { exitCode: 7 } }
  expect(
    troubleOf(container({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } }, ended)),
  ).toEqual({
    reason: 'CrashLoopBackOff',
    message: 'back-off 10s; it last ended with exit code 7',
    graceMs: 0,
  })
})

test('a volume that cannot be mounted is told when it goes on', () => {
  const state = { waiting: { reason: 'ContainerCreating' } }
  expect(troubleOf(container(state), [event('FailedMount', 'configmap "x" not found')])).toEqual({
    reason: 'FailedMount',
    message: 'configmap "x" not found',
    graceMs: 30_000,
  })
})

test('a container that was killed and started again is an exit and a start, once', () => {
  const names = { pod: 'p', node: 'node-1' }
  const before = container({ running: { startedAt: '2026-01-01T00:00:01Z' } })
  const exit = { exitCode: 137, finishedAt: '2026-01-01T00:00:09Z', containerID: 'containerd://1' }
  const after = container(
    { running: { startedAt: '2026-01-01T00:00:10Z' } },
    { terminated: exit },
    'containerd://2',
  )
  const at = (second: number) => Date.parse('2026-01-01T00:00:00Z') + second * 1000
  expect(podEvents({ before, after, last: after }, names)).toEqual([
    { type: 'container-exited', atMs: at(9), ...names, containerId: '1', code: null, signal: 'SIGKILL' },
    { type: 'container-started', atMs: at(10), ...names, containerId: '2' },
  ])
  expect(podEvents({ before: after, after, last: after }, names)).toEqual([])
})

test('waiting in back-off says for how long', () => {
  const before = container({ running: { startedAt: '2026-01-01T00:00:01Z' } })
  const message = 'back-off 1m20s restarting failed container=c pod=p'
  const after = container({ waiting: { reason: 'CrashLoopBackOff', message } })
  expect(podEvents({ before, after, last: after }, { pod: 'p', node: 'n' })).toMatchObject([
    { type: 'container-waiting', reason: 'CrashLoopBackOff', forMs: 80_000 },
  ])
})
