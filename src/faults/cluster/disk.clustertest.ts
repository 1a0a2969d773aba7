import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster } from '../../testbed/contract.js'
import { connect, type KubernetesApi } from '../../testbed/kubernetes/api.js'
import { limitDisk, limitedDisk, unlimitDisk } from '../../testbed/kubernetes/limited-disk.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { namespaceManifest } from '../../testbed/kubernetes/manifests.js'
import { removeNamespace } from '../../testbed/kubernetes/namespace.js'
import { openTestNodes, testKubeconfig } from '../../testing/cluster.js'
import { said } from '../../testing/fault-context.js'
import { type FaultContext } from '../fault.js'
import { nodeDiskFilled } from './disk.js'
import { mendCluster } from './mending.js'

const runId = `test-${randomBytes(4).toString('hex')}`
const namespace = `gapless-${runId}`
const target = { role: 'node', node: 'node-1' } as const
const spec = { fault: 'node-disk-filled', target, description: 'fill the disk of node-1', parameters: {} }

describe.skipIf(testKubeconfig === undefined)('a disk of a node that is full', { timeout: 120_000 }, () => {
  let api: KubernetesApi
  let machine: Machine
  let cluster: Cluster
  const context = () =>
    ({ cluster, nowMs: () => Date.now(), signal: new AbortController().signal }) as unknown as FaultContext

  beforeAll(async () => {
    const { machines } = await openTestNodes()
    machine = machines[0]!
    api = await connect(testKubeconfig ?? '')
    await api.create(namespaceManifest(namespace, runId))
    cluster = { kubernetes: { api, namespace, machine: () => machine } } as unknown as Cluster
  }, 60_000)

  afterAll(async () => {
    await unlimitDisk(machine)
    await removeNamespace(api, namespace)
    api[Symbol.dispose]()
  }, 60_000)

  const freeBytes = async (directory: string) => {
    const { stdout } = await machine.exec(['stat', '--file-system', '--format', '%a', directory])
    return Number(stdout)
  }

  test('one without a size of its own is never written to', async () => {
    await expect(nodeDiskFilled.inject(spec, context())).rejects.toThrow('ended with status 9')
  })

  test('holds nothing more until what fills it is removed, also by the end of a run', async () => {
    await limitDisk(machine, 4 * 1024 * 1024)
    const filled = await nodeDiskFilled.inject(spec, context())
    expect(said(filled.evidence)).toEqual([
      'node-1 had 4,194,304 bytes free of 4,194,304 bytes and has 0 bytes',
      expect.stringMatching(/^a write to it was refused: .*No space left on device$/),
    ])
    // What is freed is taken at once.
    await machine.exec(['rm', `${limitedDisk.directory}/.filled-on-purpose`])
    await expect.poll(() => freeBytes('/var/log')).toBe(0)
    const healed = await filled.heal?.({})
    expect(said(healed).filter((line) => line.startsWith('NOT SO'))).toEqual([])
    expect(await freeBytes('/var/log')).toBe(1024)

    await nodeDiskFilled.inject(spec, context())
    expect(await mendCluster(cluster)).toEqual([])
    expect(await freeBytes('/var/lib/fluentd')).toBe(1024)
    await unlimitDisk(machine)
    const { stdout } = await machine.exec(['cat', '/proc/mounts'])
    expect(stdout).not.toContain(limitedDisk.source)
  })
})
