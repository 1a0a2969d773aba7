import { expect, test } from 'vitest'
import { resolveKnobs } from '../scenario/profiles.js'
import { type RunEvent } from '../store/events.js'
import { type FaultResult } from '../store/result.js'
import { type TestbedEvent } from '../testbed/contract.js'
import { staircaseOf } from './staircase.js'

const seen = (event: TestbedEvent): RunEvent => ({ type: 'testbed', atMs: event.atMs, event })
const claim = 'buffer-fluentd-aggregator-0'
const pod = 'fluentd-aggregator-0'
const fault = (description: string, injectedAtMs: number, healedAtMs: number | null): FaultResult => ({
  id: description,
  kind: 'x',
  target: 'node-2',
  description,
  condition: '',
  injectedAtMs,
  healedAtMs,
  proven: true,
  evidence: [{ what: 'x', atMs: injectedAtMs, holds: true }],
})
const events: RunEvent[] = [
  seen({ type: 'volume-attached', atMs: 500, node: 'node-2', claim }),
  { type: 'phase', atMs: 1000, phase: 'load' },
  seen({ type: 'node-ready', atMs: 18_000, node: 'node-2', ready: 'Unknown' }),
  seen({ type: 'pod-terminating', atMs: 48_000, node: 'node-2', pod }),
  seen({ type: 'pod-terminating', atMs: 48_000, node: 'node-2', pod: 'app-2' }),
  seen({ type: 'pod-warned', atMs: 51_000, node: 'node-1', pod, reason: 'FailedAttachVolume', message: 'Multi-Attach' }),
  seen({ type: 'volume-detached', atMs: 56_000, node: 'node-2', claim }),
  seen({ type: 'volume-detached', atMs: 56_001, node: 'node-2', claim, stillMounted: true }),
  seen({ type: 'volume-detached', atMs: 56_002, node: 'node-2', claim, stillMounted: 'unknown' }),
  seen({ type: 'two-writers', atMs: 57_000, untilMs: 70_000, node: 'node-1', besides: 'node-2', claim }),
  { type: 'buffer-found', atMs: 60_000, node: 'node-1', files: 2, lines: 40 },
  { type: 'phase', atMs: 90_000, phase: 'custody' },
  seen({ type: 'volume-written', atMs: 2000, untilMs: 95_000, node: 'node-1', claim }),
  seen({ type: 'volume-written', atMs: 500, untilMs: 55_500, node: 'node-2', claim }),
] // prettier-ignore
const samples = [
  { atMs: 2000, sent: 10, delivered: 5, duplicated: 0 },
  { atMs: 62_000, sent: 80, delivered: 60, duplicated: 0 },
]
const input = (storage: string) => ({
  plan: { aggregator: true, knobs: resolveKnobs('hardened', { 'aggregator.storage': storage }) },
  events,
  faults: [fault('stop kubelet', 1500, 80_000), fault('delete it', 55_000, 55_000), { ...fault('never', 0, null), injectedAtMs: null }],
  samples,
}) // prettier-ignore

test('its steps are what was done, what the cluster made of it and when lines got through, by time', () => {
  const { steps = [], withoutDelivery } = staircaseOf(input('block')) ?? {}
  expect(withoutDelivery).toEqual({ fromMs: 2000, toMs: 62_000 })
  expect(steps.map(({ atMs, kind, what }) => `${String(atMs)} ${kind}: ${what}`)).toEqual([
    '1500 fault: stop kubelet',
    '2000 volume: node-1 is first seen to write into a file of the volume',
    '2000 lines: from here on nothing is delivered',
    '18000 cluster: node-2 is not Ready (Unknown)',
    '48000 cluster: fluentd-aggregator-0 on node-2 is told to go: Terminating',
    '51000 cluster: FailedAttachVolume of fluentd-aggregator-0 on node-1: Multi-Attach',
    '55000 fault: delete it',
    '55500 volume: node-2 is last seen to write into a file of the volume',
    '56000 volume: the volume is detached from node-2',
    '56001 volume: the attachment to node-2 is gone, and the volume is still mounted there',
    '56002 volume: the attachment to node-2 is gone, and whether the volume is still mounted there is not known',
    '60000 volume: the buffer is found on node-1: 2 files with 40 lines',
    '62000 lines: lines are delivered again, after 60.0 s',
    '70000 volume: two writers no more: until here the volume was mounted on node-1 and node-2',
    '80000 fault: over: stop kubelet',
  ])
})

test('a run without such a volume has none', () => {
  expect(staircaseOf(input('local'))).toBeUndefined()
})
