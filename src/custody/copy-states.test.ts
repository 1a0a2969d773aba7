import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bufferPath } from '../pipeline/buffer.js'
import { runDirectory } from '../store/run-directory.js'
import { type Cluster, type Pod, type Storage } from '../testbed/contract.js'
import { thisMachine } from '../testbed/this-machine.js'
import { copyStates } from './copy-states.js'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gapless copy states '))
  mkdirSync(path.join(directory, 'volume', bufferPath), { recursive: true })
  writeFileSync(path.join(directory, 'volume', bufferPath, 'chunk'), 'lines')
})
afterAll(() => {
  rmSync(directory, { recursive: true })
})

const podOn = (storage: Storage, status: { state: string; reason?: string }) =>
  ({
    spec: {
      name: 'fluentd-aggregator-0',
      node: 'node-2',
      volumes: [{ name: 'state', source: { type: 'persistentVolumeClaim', claimName: 'buffer-0', storage } }],
    },
    resolve: (mountPath: string) => path.join(directory, 'volume', mountPath),
    status: () => Promise.resolve(status),
  }) as unknown as Pod

const waiting = { state: 'waiting', reason: 'ContainerCreating' }
const buffer = 'buffer of the aggregator'

test.each([
  ['that its pod reads', 'block', { state: 'running' }, ['node-1'], [], buffer],
  [
    'that is still attached to a node that is off',
    'block',
    waiting,
    ['node-2'],
    ['node-2'],
    `${buffer}, on the volume buffer-0, which is attached to node-2, which is off`,
  ],
  [
    'that nothing has',
    'block',
    { state: 'terminated', reason: 'Deleted' },
    [],
    ['node-2'],
    `${buffer}, on the volume buffer-0, which is attached to no node`,
  ],
  [
    'that all may mount',
    'file',
    waiting,
    [],
    [],
    `${buffer}, on the volume buffer-0, which no aggregator reads`,
  ],
] as const)('a volume %s', async (_, storage, status, attached, gone, station) => {
  const cluster = {
    files: () => thisMachine,
    attachedTo: () => Promise.resolve(attached),
  } as unknown as Cluster
  const states = await copyStates(
    {
      target: { role: 'aggregator', replica: null },
      pod: podOn(storage, status),
      store: runDirectory(path.join(directory, 'run')),
      cluster,
      gone: new Set<string>(gone),
    },
    'fluentd-aggregator-0',
  )
  expect(states.map((state) => state.station)).toEqual([station])
})
