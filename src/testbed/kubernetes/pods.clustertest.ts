import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { aggregatorPod } from '../../pipeline/aggregator.js'
import { appPod } from '../../pipeline/app.js'
import { forwarderPod } from '../../pipeline/forwarder.js'
import { resolveKnobs } from '../../scenario/profiles.js'
import { openTestNodes, testKubeconfig } from '../../testing/cluster.js'
import { until } from '../../until.js'
import type { PodSpec, TestbedEvent, Workload } from '../contract.js'
import type { Endpoints } from '../endpoints.js'
import { connect, type KubernetesApi } from './api.js'
import type { KubernetesContext } from './context.js'
import type { Machine } from './machine.js'
import { namespaceManifest } from './manifests.js'
import { removeNamespace, removeNodeLabels } from './namespace.js'
import { keptLogsDirectory } from './pod-logs.js'
import { watchPods, type PodWatch } from './pod-watch.js'
import type { KubernetesPod } from './pod.js'
import { headlessService } from './services.js'
import { createBarePod, createObjects, deployWorkload } from './workloads.js'

const image = 'fluent/fluentd:v1.16.11-debian-1.0'
const runId = `test-${randomBytes(4).toString('hex')}`
const namespace = `gapless-${runId}`
const monitor = { host: '0.0.0.0', port: 24_220 }
const toAggregator = { host: 'fluentd-aggregator', port: 24_224 }
/** Nobody answers there (a discard prefix): what arrives stays in the aggregator's buffer. */
const nowhere = 'http://192.0.2.1:9/'
const endpoints: Endpoints = {
  aggregator: { host: '0.0.0.0', port: 24_224 },
  forwardTo: { 'node-1': toAggregator, 'node-2': toAggregator },
  aggregatorMonitor: monitor,
  forwarderMonitors: { 'node-1': monitor, 'node-2': monitor },
  collectorUrls: { forwarder: nowhere, aggregator: nowhere },
  controlUrl: nowhere,
}

describe.skipIf(testKubeconfig === undefined)('pods in a cluster', () => {
  const knobs = resolveKnobs('hardened', {
    // A directory of the node would be another run's, too.
    'forwarder.stateVolume': 'emptyDir',
    'aggregator.terminationGracePeriod': '10s',
    'forwarder.terminationGracePeriod': '10s',
  })
  const program = { version: '1.16.11', command: ['fluentd'], env: {} }
  const events: TestbedEvent[] = []
  const progress: string[] = []
  let directory = ''
  let api: KubernetesApi
  let watch: PodWatch
  let machines: readonly Machine[]
  let context: KubernetesContext
  let forwarders: readonly KubernetesPod[]
  let aggregator: KubernetesPod
  let app: KubernetesPod

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gapless-pods-'))
    machines = (await openTestNodes()).machines
    api = await connect(testKubeconfig ?? '')
    await api.create(namespaceManifest(namespace, runId))
    watch = await watchPods(api, namespace)
    context = {
      ...{ api, namespace, runId, machines, watch, manifestsDirectory: directory },
      onProgress: (text) => progress.push(text),
      onEvent: (event) => events.push(event),
      signal: new AbortController().signal,
    }
  })

  afterAll(async () => {
    for (const machine of machines) {
      await machine.exec(['rm', '-rf', keptLogsDirectory(runId)])
    }
    await watch[Symbol.asyncDispose]()
    await removeNodeLabels(api, runId)
    await removeNamespace(api, namespace)
    api[Symbol.dispose]()
    await rm(directory, { recursive: true })
  })

  async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
    const startedMs = performance.now()
    const result = await run()
    console.log(`${what}: ${Math.round(performance.now() - startedMs)} ms`)
    return result
  }

  const appSpec = (node: string): PodSpec => ({
    ...appPod(
      {
        name: `app-${node}`,
        node,
        run: 'r',
        stream: 's',
        seed: 1,
        lineBytes: 100,
        noise: 'none',
        logsTo: 'stdout',
      },
      endpoints,
      { command: ['node', '/emitter/main.mjs'], files: {}, image: 'node:20-bookworm-slim' },
    ),
    files: { '/emitter/main.mjs': 'let n = 0; setInterval(() => console.log(`line ${n++}`), 20)\n' },
  })

  const of = (kind: Workload['kind'], name: string, pods: readonly PodSpec[]): Workload => ({
    kind,
    name,
    pods,
  })

  async function buffered(pod: KubernetesPod): Promise<number> {
    const text = await pod.get(monitor, '/api/plugins.json')
    const { plugins } = JSON.parse(text ?? '{"plugins":[]}') as {
      plugins: { buffer_total_queued_size?: number }[]
    }
    return plugins.reduce((sum, plugin) => sum + (plugin.buffer_total_queued_size ?? 0), 0)
  }

  const eventsOf = (pod: string) => events.filter((event) => 'pod' in event && event.pod === pod)
  const containerEvents = (pod: string) =>
    eventsOf(pod).filter(({ type }) => type === 'container-started' || type === 'container-exited')

  /** Fluentd takes seconds from its start to its worker, and until then its processes come and go. */
  const booted = (pod: KubernetesPod, times: number) =>
    until(`Fluentd to have come up ${String(times)} times`, {
      timeoutMs: 60_000,
      poll: async () =>
        ((await pod.logs()).match(/fluentd worker is now running/g) ?? []).length >= times || undefined,
    })

  test('a pipeline comes up: emitter, forwarders, aggregator', async () => {
    await createObjects(
      'services',
      [headlessService('fluentd-aggregator', { namespace, runId, port: 24_224 })],
      context,
    )
    const node = 'node-2'
    const spec = { ...aggregatorPod(knobs, node, endpoints, program), image }
    ;[aggregator] = (await timed('aggregator, apply to ready', () =>
      deployWorkload(
        of('StatefulSet', 'fluentd-aggregator', [spec]),
        {
          readinessPort: 24_224,
          ports: { forward: 24_224 },
          podDisruptionBudget: { maxUnavailable: 0 },
          affinity: 'apart',
        },
        context,
      ),
    )) as [KubernetesPod]
    expect(aggregator.spec.node).toBe(node)
    const pods = ['node-1', 'node-2'].map((node) => ({
      ...forwarderPod(knobs, node, endpoints, program),
      image,
    }))
    forwarders = await timed('forwarders, apply to running', () =>
      deployWorkload(of('DaemonSet', 'fluentd-forwarder', pods), {}, context),
    )
    expect(forwarders.map((pod) => pod.spec.node)).toEqual(['node-1', 'node-2'])
    ;[app] = (await timed('emitter, apply to running', () =>
      deployWorkload(of('DaemonSet', 'app-1', [appSpec('node-1')]), {}, context),
    )) as [KubernetesPod]
    await timed('first lines in the aggregator', () =>
      until('lines in the aggregator', {
        timeoutMs: 60_000,
        poll: async () => ((await buffered(aggregator)) > 0 ? true : undefined),
      }),
    )
    expect(await readFile(join(directory, 'fluentd-forwarder.yaml'), 'utf8')).toContain('kind: DaemonSet')
  })

  test('a status tells the processes of the container, and volumes are found on the node', async () => {
    const status = await timed('status', () => aggregator.status())
    expect(status).toMatchObject({ state: 'running', restartCount: 0 })
    expect(status.processes).toHaveLength(2)
    expect(status.processes[0]?.command).toContain('fluentd -c /fluentd/etc/fluent.conf')
    expect(Math.abs((status.startedAtMs ?? 0) - Date.now())).toBeLessThan(120_000)
    const files = await machines[1]?.files.list(aggregator.resolve('/var/lib/fluentd/buffer'))
    expect(files?.some(({ path }) => path.endsWith('.log.meta') || path.endsWith('.meta'))).toBe(true)
    expect(forwarders[0]?.resolve('/var/log/containers')).toBe('/var/log/containers')
    const started = events.filter((event) => event.type === 'container-started')
    expect(started).toHaveLength(4)
    expect(started.find(({ pod }) => pod === aggregator.spec.name)?.pid).toBe(status.processes[0]?.pid)
  })

  test('a worker that is killed is started again by its supervisor, in the same container', async () => {
    const before = await aggregator.status()
    expect(await aggregator.signal('SIGKILL', 'workers')).toEqual(before.processes.slice(1))
    const after = await until('another worker', {
      timeoutMs: 20_000,
      poll: async () => {
        const status = await aggregator.status()
        return status.processes.length === 2 ? status : undefined
      },
    })
    expect(after.containerId).toBe(before.containerId)
    expect(after.processes[0]).toEqual(before.processes[0])
    expect(after.processes[1]?.pid).not.toBe(before.processes[1]?.pid)
  })

  test('a container whose processes are killed is started again by kubelet', async () => {
    const [forwarder] = forwarders as [KubernetesPod]
    const before = await forwarder.status()
    const killed = await timed('signal', () => forwarder.signal('SIGKILL', 'all'))
    expect(killed).toEqual(before.processes)
    await timed('killed to restarted by kubelet', () => forwarder.start())
    const after = await until('the exit to be told', {
      timeoutMs: 20_000,
      poll: async () => {
        const status = await forwarder.status()
        return status.lastExit ? status : undefined
      },
    })
    expect(after).toMatchObject({
      state: 'running',
      restartCount: 1,
      lastExit: { code: null, signal: 'SIGKILL' },
    })
    expect(after.containerId).not.toBe(before.containerId)
    await until('the start to be told', {
      timeoutMs: 20_000,
      poll: () => containerEvents(forwarder.spec.name).length >= 3 || undefined,
    })
    expect(containerEvents(forwarder.spec.name).map(({ type }) => type)).toEqual([
      'container-started',
      'container-exited',
      'container-started',
    ])
    await booted(forwarder, 2)
    expect((await forwarder.logs()).match(/starting fluentd-1\.16\.11/g)).toHaveLength(2)
  })

  test('a forwarder is kept off its node by a label, and comes back', async () => {
    const [first, second] = forwarders as [KubernetesPod, KubernetesPod]
    const uid = first.object?.metadata.uid
    await timed('DaemonSet: stop', () => first.stop())
    expect(await first.status()).toMatchObject({ state: 'terminated', reason: 'Deleted', processes: [] })
    expect(first.exists()).toBe(false)
    expect(await second.status()).toMatchObject({ state: 'running' })
    expect(await first.logs()).toContain('shutting down')
    await timed('DaemonSet: start', () => first.start())
    expect(first.object?.metadata.uid).not.toBe(uid)
    expect(await first.status()).toMatchObject({ state: 'running', restartCount: 0 })
    await booted(first, 3)
  })

  test('an aggregator is scaled to none and back, and keeps its volume', async () => {
    const path = aggregator.resolve('/var/lib/fluentd')
    await timed('StatefulSet: stop', () => aggregator.stop({ gracePeriodSeconds: 5 }))
    expect(await aggregator.status()).toMatchObject({ state: 'terminated', reason: 'Deleted' })
    expect(await machines[1]?.files.list(`${path}/buffer`)).not.toEqual([])
    await timed('StatefulSet: start', () => aggregator.start())
    expect(aggregator.resolve('/var/lib/fluentd')).toBe(path)
    expect(aggregator.spec.node).toBe('node-2')
  })

  test('a pod that is deleted is replaced by its controller', async () => {
    const uid = aggregator.object?.metadata.uid
    await timed('deleted with 5 s of grace', () => aggregator.deleteObject({ gracePeriodSeconds: 5 }))
    await timed('replaced', () => aggregator.start())
    expect(aggregator.object?.metadata.uid).not.toBe(uid)
    expect(eventsOf(aggregator.spec.name).filter(({ type }) => type === 'pod-deleted')).toHaveLength(2)
  })

  test('while kubelet is stopped a pod is still seen, signalled and read', async () => {
    const [forwarder] = forwarders as [KubernetesPod]
    const before = await forwarder.status()
    await machines[0]!.exec(['systemctl', 'stop', 'kubelet'])
    onTestFinished(async () => {
      await machines[0]!.exec(['systemctl', 'start', 'kubelet'])
    })
    expect(await forwarder.status()).toEqual(before)
    await forwarder.signal('SIGKILL', 'main')
    const after = await until('its processes to be gone', {
      timeoutMs: 10_000,
      poll: async () => {
        const status = await timed('status without kubelet', () => forwarder.status())
        return status.processes.length === 0 ? status : undefined
      },
    })
    expect(after).toMatchObject({
      state: 'terminated',
      reason: 'Unreported',
      containerId: before.containerId,
    })
    expect(await forwarder.logs()).toContain('starting fluentd-1.16.11')
    await machines[0]!.exec(['systemctl', 'start', 'kubelet'])
    await timed('kubelet started to container restarted', () => forwarder.start())
    expect(await forwarder.status()).toMatchObject({
      state: 'running',
      restartCount: before.restartCount + 1,
    })
  })

  test('a node that is named is taken, or the reason is told', async () => {
    const spec = { ...aggregatorPod(knobs, 'node-1', endpoints, program), name: 'mover', image, volumes: [] }
    const [mover] = (await deployWorkload(of('Deployment', 'mover', [spec]), {}, context)) as [KubernetesPod]
    expect(mover.spec.node).toBe('node-1')
    await mover.delete({ gracePeriodSeconds: 1 })
    await mover.recreate({ node: 'node-2' })
    expect(mover.spec.node).toBe('node-2')
    await mover.stop({ gracePeriodSeconds: 1 })
    await aggregator.delete({ gracePeriodSeconds: 3 })
    await expect(
      timed('a volume on another node, told', () => aggregator.recreate({ node: 'node-1' })),
    ).rejects.toThrow(/fluentd-aggregator will not start: Unschedulable: .*volume node affinity conflict/)
    await aggregator.recreate({ node: 'node-2' })
    expect(await aggregator.status()).toMatchObject({ state: 'running' })
  })

  test('a pod of nobody', async () => {
    const bare = await createBarePod({ ...appSpec('node-2'), name: 'bare', restartPolicy: 'Never' }, context)
    expect(bare.spec.node).toBe('node-2')
    await bare.delete({ gracePeriodSeconds: 1 })
    await bare.recreate({ node: 'node-1' })
    expect(bare.spec.node).toBe('node-1')
  })

  describe('a pod that cannot start is told in seconds', () => {
    test.each<[string, Partial<PodSpec>, RegExp]>([
      ['no-image', { image: 'localhost:1/none:1' }, /ErrImagePull: .*localhost:1\/none:1/],
      ['bad-image', { image: 'Not An Image' }, /InvalidImageName: .*Not An Image/],
      [
        'no-program',
        { command: ['/no/such/program'] },
        /RunContainerError|CrashLoopBackOff.*no\/such\/program/,
      ],
      [
        'crash',
        { command: ['node', '-e', 'console.log("I end."); process.exit(7)'] },
        /CrashLoopBackOff: .*exit code 7\nIts last lines:\nI end\./,
      ],
    ])('%s', async (name, change, message) => {
      const workload = of('DaemonSet', name, [{ ...appSpec('node-1'), ...change }])
      // What ends at once has run nevertheless; it was never ready.
      const options = { readinessPort: 80 }
      await expect(timed(`${name}, told`, () => deployWorkload(workload, options, context))).rejects.toThrow(
        message,
      )
    })

    test('no node to go to', async () => {
      const workload = of('Deployment', 'nowhere', [
        {
          ...appSpec('node-1'),
          volumes: [
            { name: 'v', mountPath: '/v', source: { type: 'persistentVolumeClaim', claimName: 'v' } },
          ],
        },
      ])
      const options = { storageClass: 'no-such-class' }
      await expect(timed('nowhere, told', () => deployWorkload(workload, options, context))).rejects.toThrow(
        /nowhere will not start: Unschedulable: .*PersistentVolumeClaim/,
      )
    })
  })

  test('progress tells what the cluster does', () => {
    expect(progress).toContain('fluentd-aggregator: ready')
    expect(progress).toContain('fluentd-forwarder on node-1: running')
    expect(app.exists()).toBe(true)
  })
})
