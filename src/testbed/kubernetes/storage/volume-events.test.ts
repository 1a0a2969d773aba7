import { expect, test } from 'vitest'
import { type StorageRecord } from '../../../csi/records.js'
import { lossesOf, volumeEvents, writersOf } from './volume-events.js'

const names = { namespace: 'gapless-1', nodeOf: (name: string) => name.replace('worker', 'node-') }
const volume = 'pvc-1'
const call = { tookMs: 3, driver: 'block', volume, path: '/p', podUid: 'pod' } as const
const attachment = { volume, uid: 'va-1' } as const
const provisioned: StorageRecord[] = [
  { type: 'provisioned', atMs: 1, volume, claim: 'gapless-1/buffer-0', driver: 'block' },
  { type: 'provisioned', atMs: 1, volume: 'pvc-2', claim: 'gapless-2/buffer-0', driver: 'block' },
]

test('what befell the volumes of a namespace is told by claim and node', () => {
  const records: StorageRecord[] = [
    ...provisioned,
    { type: 'attached', atMs: 2, node: 'worker2', ...attachment },
    { type: 'publish', atMs: 3, node: 'worker2', ...call, result: 'ok' },
    { type: 'publish', atMs: 3, node: 'worker2', ...call, volume: 'pvc-2', result: 'ok' },
    { type: 'detach-asked', atMs: 4, node: 'worker2', ...attachment },
    { type: 'detach-refused', atMs: 5, node: 'worker2', ...attachment, message: 'still mounted' },
    { type: 'attachment-vanished', atMs: 6, node: 'worker2', ...attachment, mounted: true },
    { type: 'attached', atMs: 7, node: 'worker1', volume, uid: 'va-2' },
    { type: 'attachment-vanished', atMs: 7, node: 'worker1', ...attachment, mounted: 'unknown' },
    { type: 'attachment-vanished', atMs: 8, node: 'worker1', ...attachment, mounted: false },
    { type: 'detached', atMs: 8, node: 'worker1', ...attachment, because: 'not-mounted' },
    { type: 'publish', atMs: 8, node: 'worker1', ...call, result: 'RESOURCE_EXHAUSTED', message: 'ENOSPC' },
    { type: 'two-writers', atMs: 9, volume, nodes: ['worker2', 'worker1'], untilMs: null },
  ]
  const claim = 'buffer-0'
  expect(volumeEvents(records, names)).toEqual([
    { type: 'volume-attached', atMs: 2, node: 'node-2', claim },
    { type: 'volume-mounted', atMs: 3, node: 'node-2', claim },
    { type: 'detach-refused', atMs: 5, node: 'node-2', claim, message: 'still mounted' },
    { type: 'volume-detached', atMs: 6, node: 'node-2', claim, stillMounted: true },
    { type: 'volume-attached', atMs: 7, node: 'node-1', claim },
    { type: 'volume-detached', atMs: 7, node: 'node-1', claim, stillMounted: 'unknown' },
    { type: 'volume-detached', atMs: 8, node: 'node-1', claim },
    { type: 'volume-detached', atMs: 8, node: 'node-1', claim },
    { type: 'two-writers', atMs: 9, untilMs: null, node: 'node-1', besides: 'node-2', claim },
  ])
})

test('records that were lost are told, with how many', () => {
  const lost: StorageRecord = { type: 'records-lost', atMs: 9, node: 'worker2', records: 3, sinceMs: 4 }
  expect(volumeEvents([...provisioned, lost], names)).toEqual([])
  expect(lossesOf([...provisioned, lost], names)).toEqual([
    { type: 'records-lost', atMs: 9, node: 'node-2', records: 3 },
  ])
})

test('each pod that wrote has one entry, from its first time to its last', () => {
  const wrote = (atMs: number, node: string, podUid: string): StorageRecord => ({
    type: 'wrote',
    atMs,
    node,
    volume,
    podUid,
    pid: 1,
  })
  const records = [
    ...provisioned,
    wrote(5, 'worker2', 'a'),
    wrote(9, 'worker1', 'b'),
    wrote(11, 'worker2', 'a'),
  ]
  expect(writersOf(records, names)).toEqual([
    { type: 'volume-written', atMs: 5, untilMs: 11, node: 'node-2', claim: 'buffer-0' },
    { type: 'volume-written', atMs: 9, untilMs: 9, node: 'node-1', claim: 'buffer-0' },
  ])
})
