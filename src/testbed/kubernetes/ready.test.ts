import { expect, test } from 'vitest'
import { notReady, type ClusterObject } from './ready.js'

const node = (name: string, status: string, lastHeartbeatTime?: string): ClusterObject => ({
  kind: 'Node',
  metadata: { name },
  spec: {},
  status: { conditions: [{ type: 'Ready', status, ...(lastHeartbeatTime && { lastHeartbeatTime }) }] },
})
const startedMs = new Map([['worker', Date.parse('2026-01-01T00:01:00Z')]])

test.each([
  ['a node that nobody started anew', [node('other', 'True', '2026-01-01T00:00:00Z')], []],
  [
    'one whose kubelet before said that it was',
    [node('worker', 'True', '2026-01-01T00:00:59Z')],
    ['node worker'],
  ],
  ['one of which nobody knows who said it', [node('worker', 'True')], ['node worker']],
  ['one whose new kubelet says that it is', [node('worker', 'True', '2026-01-01T00:01:00Z')], []],
  [
    'one whose new kubelet says that it is not yet',
    [node('worker', 'False', '2026-01-01T00:01:02Z')],
    ['node worker'],
  ],
])('Ready is %s', (_, objects, waitedFor) => {
  expect(notReady(objects, startedMs)).toEqual(waitedFor)
})

test('without a new start a node is Ready as it says, whenever it said so', () => {
  expect(notReady([node('worker', 'True'), node('other', 'Unknown')])).toEqual(['node other'])
})

test('a Deployment needs one replica, a DaemonSet all of its pods', () => {
  const own = (kind: string, status: ClusterObject['status']): ClusterObject => ({
    kind,
    metadata: { name: kind.toLowerCase() },
    spec: {},
    status,
  })
  expect(
    notReady([
      own('Deployment', { availableReplicas: 1 }),
      own('DaemonSet', { desiredNumberScheduled: 2, numberReady: 2 }),
    ]),
  ).toEqual([])
  expect(
    notReady([own('Deployment', {}), own('DaemonSet', { desiredNumberScheduled: 2, numberReady: 1 })]),
  ).toEqual(['deployment', 'daemonset'])
})
