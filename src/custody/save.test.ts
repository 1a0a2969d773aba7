import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bufferPath } from '../pipeline/buffer.js'
import { type Plan } from '../scenario/plan.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { runDirectory } from '../store/run-directory.js'
import { type Cluster, type FormerPod, type Pod } from '../testbed/contract.js'
import { thisMachine } from '../testbed/this-machine.js'
import { evidenceIndexFile, evidenceSchema } from './evidence.js'
import { type Keeper } from './keeper.js'
import { saveEvidence } from './save.js'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gapless-save-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

/** A pod's root, with a chunk in its buffer. */
function rootWithChunk(name: string): (mountPath: string) => string {
  const root = path.join(directory, 'nodes', name)
  mkdirSync(path.join(root, bufferPath), { recursive: true })
  writeFileSync(path.join(root, bufferPath, 'chunk'), `lines of ${name}`)
  return (mountPath) => path.join(root, mountPath)
}

function pod(replica: number, former: readonly FormerPod[]): Pod {
  const name = `fluentd-aggregator-${String(replica)}`
  return {
    spec: { name, node: 'node-1', volumes: [], files: {} },
    resolve: rootWithChunk(name),
    former: () => former,
    status: () => Promise.resolve({ state: 'running' }),
    signal: () => Promise.resolve([]),
    logs: () => Promise.resolve(''),
  } as unknown as Pod
}

test('the buffer of every replica is kept, and those of pods that another one has taken over from', async () => {
  const ending: FormerPod = {
    name: 'fluentd-aggregator-x7k2p',
    node: 'node-2',
    registered: true,
    runs: () => Promise.resolve(true),
    resolve: rootWithChunk('ending'),
  }
  const sameVolume: FormerPod = {
    name: 'fluentd-aggregator-9d4wq',
    node: 'node-1',
    registered: true,
    runs: () => Promise.resolve(false),
    resolve: (mountPath) => path.join(directory, 'nodes', 'fluentd-aggregator-1', mountPath),
  }
  const ended: FormerPod = {
    ...ending,
    name: 'fluentd-aggregator-kq8vv',
    registered: false,
    runs: () => Promise.resolve(false),
  }
  const pods = [pod(0, [ending, ended]), pod(1, [sameVolume])]
  const store = runDirectory(path.join(directory, 'run'))
  await saveEvidence({
    store,
    plan: {
      nodes: [],
      streams: [],
      aggregator: true,
      knobs: resolveKnobs('hardened', { 'aggregator.replicas': 2 }),
    } as unknown as Plan,
    cluster: { files: () => thisMachine } as unknown as Cluster,
    podOf: (target) => pods[target.role === 'aggregator' ? (target.replica ?? 0) : 0]!,
    bufferOf: () => Promise.resolve({ memoryBytes: 0 } as never),
    unseen: [],
    gone: new Set<string>(),
    keeper: {
      gone: () => Promise.resolve({ logs: [], states: [], positionsGone: [] }),
    } as unknown as Keeper,
  })
  const { states, memory } = evidenceSchema.parse(
    JSON.parse(readFileSync(store.file(evidenceIndexFile), 'utf8')),
  )
  const kept = states.map(({ station, file }) => [station, readFileSync(store.file(file), 'utf8')])
  expect(kept).toEqual([
    ['buffer of the aggregator 0', 'lines of fluentd-aggregator-0'],
    ['buffer of the aggregator 0, in its former pod fluentd-aggregator-x7k2p on node-2', 'lines of ending'],
    ['buffer of the aggregator 1', 'lines of fluentd-aggregator-1'],
  ])
  expect(memory).toEqual([
    {
      station:
        'memory of the aggregator 0, in its former pod fluentd-aggregator-x7k2p (which lines is not known)',
    },
  ])
})
