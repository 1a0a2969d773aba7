import { expect, test } from 'vitest'
import { type RunEvent } from '../store/events.js'
import { forwardersOf } from './forwarders.js'

const plan = { nodes: ['node-1', 'node-2', 'node-3'] }
const phase = (name: 'load' | 'custody', atMs: number): RunEvent => ({ type: 'phase', atMs, phase: name })
const drained: RunEvent = { type: 'drain-ended', atMs: 900, drained: true, why: 'quiet' }
const ofForwarder = (type: string, atMs: number, node: string, containerId = '', more = {}): RunEvent => ({
  type: 'testbed',
  atMs,
  event: { type, atMs, pod: `fluentd-forwarder-${node}`, node, containerId, ...more } as never,
})
const started = (atMs: number, node: string, id: string) => ofForwarder('container-started', atMs, node, id)
const exited = (atMs: number, node: string, id: string, code: number | null, signal: string | null) =>
  ofForwarder('container-exited', atMs, node, id, { code, signal })

test('ends during the run count, and those of warm-up and teardown do not', () => {
  const events = [
    started(10, 'node-1', 'a'),
    exited(20, 'node-1', 'a', 1, null),
    started(30, 'node-1', 'b'),
    started(30, 'node-2', 'c'),
    phase('load', 100),
    exited(200, 'node-1', 'b', 0, null),
    ofForwarder('pod-deleted', 210, 'node-1'),
    started(300, 'node-1', 'd'),
    exited(400, 'node-1', 'd', null, 'SIGKILL'),
    drained,
    exited(950, 'node-2', 'c', null, 'SIGKILL'),
  ]
  expect(forwardersOf(plan, events)).toEqual([
    {
      node: 'node-1',
      ends: [
        { how: 'end (exit status 0)', atMs: 200, backAtMs: 300 },
        { how: 'SIGKILL', atMs: 400, backAtMs: null },
      ],
    },
    { node: 'node-2', ends: [] },
  ])
})

test('before the load nothing is said, and without a drain all up to custody', () => {
  const events = [started(10, 'node-1', 'a'), exited(20, 'node-1', 'a', 1, null)]
  expect(forwardersOf(plan, events)).toEqual([])
  const late = [started(10, 'node-1', 'a'), phase('load', 15), phase('custody', 30)]
  expect(forwardersOf(plan, [...late, exited(20, 'node-1', 'a', 1, null)])[0]?.ends).toHaveLength(1)
  expect(forwardersOf(plan, [...late, exited(40, 'node-1', 'a', 1, null)])[0]?.ends).toEqual([])
})
