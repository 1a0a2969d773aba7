import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listContainers, removeContainers } from '../../docker/container.js'
import { dockerOutput } from '../../docker/docker.js'
import { testKubeconfig } from '../../testing/cluster.js'
import { askKubectl } from '../kubernetes/control-plane.js'
import { findDamage } from '../kubernetes/health.js'
import { clusterLabel } from './nodes.js'
import { acquireWarmCluster, removeWarmCluster, type WarmCluster } from '../kubernetes/warm.js'
import { kindMaker } from './cluster.js'

const { signal } = new AbortController()
const nodeImage = process.env.GAPLESS_TEST_NODE_IMAGE
const maker = kindMaker(nodeImage)
const told: string[] = []
const name = 'gapless-test'
const settings = {
  name,
  runId: 'warm-test',
  nodes: ['node-1'],
  logPolicy: { maxBytes: 1_000_000, maxFiles: 3 },
  signal,
  onProgress: (text: string) => told.push(text),
}

// It makes clusters of its own, twice, which takes minutes beside the one that the other tests share.
const wanted = testKubeconfig !== undefined && process.env.GAPLESS_TEST_WARM !== undefined
describe.skipIf(!wanted)('the warm cluster', () => {
  let cluster: WarmCluster
  let directory = ''

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gapless-warm-'))
    vi.stubEnv('GAPLESS_CACHE', directory)
  })

  afterAll(async () => {
    await removeWarmCluster(maker, { name })
    vi.unstubAllEnvs()
    await rm(directory, { recursive: true })
  })

  const kubectl = (...args: readonly string[]) => askKubectl(cluster.controlPlane, ...args)

  it('is not somebody else’s cluster of its name', async () => {
    const label = ['--label', `${clusterLabel}=${name}`, '--label', 'io.x-k8s.kind.role=control-plane']
    const id = (await dockerOutput(['create', ...label, 'node:20-bookworm-slim', 'true'])).trim()
    try {
      await expect(acquireWarmCluster(maker, settings)).rejects.toThrow('it is left alone')
      await expect(removeWarmCluster(maker, { name })).rejects.toThrow('it is left alone')
      expect((await listContainers(`${clusterLabel}=${name}`)).length).toBe(1)
    } finally {
      await removeContainers([id])
    }
  })

  it('is made once, and one run at a time has it', async () => {
    cluster = await acquireWarmCluster(maker, settings)
    const [first] = await listContainers(`${clusterLabel}=${name}`)
    const second = acquireWarmCluster(maker, settings)
    await vi.waitFor(() => {
      expect(told.some((text) => text.startsWith('Another run has the warm cluster'))).toBe(true)
    })
    cluster.release()
    cluster = await second
    expect((await listContainers(`${clusterLabel}=${name}`))[0]?.id).toBe(first?.id)
  })

  it('shows what a run left in it', async () => {
    const worker = cluster.machines[0]!
    const damage = () => findDamage(cluster, signal)
    expect(await damage()).toBeUndefined()

    await kubectl('cordon', worker.kubernetesName)
    expect(await damage()).toBe('gapless-test-worker is cordoned')
    await kubectl('uncordon', worker.kubernetesName)
    await kubectl('taint', 'node', worker.kubernetesName, 'evict=true:NoExecute')
    expect(await damage()).toBe('gapless-test-worker has the taint evict')
    await kubectl('taint', 'node', worker.kubernetesName, 'evict-')
    await kubectl('create', 'namespace', 'left')
    await kubectl('label', 'namespace', 'left', 'gapless.dev/run=killed')
    expect(await damage()).toBe('the namespace left was left')
    await kubectl('delete', 'namespace', 'left', '--wait=false')
    // As the rules of a Service that was just deleted do, which are nobody's damage.
    await worker.exec([
      'iptables',
      '-I',
      'FORWARD',
      '-m',
      'comment',
      '--comment',
      'gapless-x/fluentd',
      '-j',
      'ACCEPT',
    ])
    await worker.exec(['iptables', '-N', 'GAPLESS-NODE-2'])
    expect(await damage()).toBe('gapless-test-worker: its network is cut')
    await worker.exec(['iptables', '-X', 'GAPLESS-NODE-2'])
    await worker.exec(['systemctl', 'stop', 'kubelet'])
    expect(await damage()).toBe('gapless-test-worker: kubelet is not active')
    await worker.exec(['systemctl', 'start', 'kubelet'])
    expect(await damage()).toBeUndefined()
  })

  it('goes without a trace', async () => {
    cluster.release()
    expect(await removeWarmCluster(maker, { name })).toBe(true)
    expect(await listContainers(`${clusterLabel}=${name}`)).toEqual([])
    expect(await removeWarmCluster(maker, { name })).toBe(false)
  })
})
