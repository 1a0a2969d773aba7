import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { mendCluster } from '../../faults/cluster/mending.js'
import { node } from '../../faults/vocabulary.js'
import { type Evidence } from '../../store/result.js'
import { said } from '../../testing/fault-context.js'
import {
  deployFaultPipeline,
  unproven,
  unprovenOf,
  type FaultPipeline,
} from '../../testing/fault-pipeline.js'
import {
  containersRunning,
  machineSaid,
  nodeSaid,
  podsSaid,
  processesThere,
  workerSaid,
} from '../../testing/k0s-says.js'
import { makeTestCluster } from '../../testing/made-cluster.js'
import { applyTimings } from '../kubernetes/apply-timings.js'
import type { Machine } from '../kubernetes/machine.js'
import { getThroughProxy } from '../kubernetes/monitor.js'
import type { StandingCluster } from '../kubernetes/standing-cluster.js'
import { defaultSettings } from '../settings.js'
import { k0sMaker } from './cluster.js'

const version = process.env.GAPLESS_TEST_K0S
const upgradeTo = process.env.GAPLESS_TEST_K0S_UPGRADE_TO

/** It makes a cluster of its own, and nobody else's may stand beside it. */
const suite = 'faults of a worker of k0s, where GAPLESS_TEST_K0S says which'

describe.skipIf(version === undefined)(suite, { timeout: 300_000 }, () => {
  let standing: StandingCluster
  let pipeline: FaultPipeline
  let worker: Machine
  const inject: FaultPipeline['inject'] = (action) => pipeline.inject(action)
  const heal: FaultPipeline['heal'] = (injected) => pipeline.heal(injected)

  beforeAll(async () => {
    const k0s = { version: version ?? '', upgradeTo: upgradeTo ?? 'none' }
    standing = await makeTestCluster(k0sMaker({ ...defaultSettings, k0s }))
    await applyTimings(
      standing,
      { nodeMonitorGracePeriodSeconds: 16 },
      { signal: AbortSignal.timeout(180_000) },
    )
    const { kubeconfigPath, machines, controlPlane } = standing
    worker = machines[0]!
    pipeline = await deployFaultPipeline({
      ...{ kubeconfigPath, machines },
      controlPlane: controlPlane.machine,
      ...(standing.k0s && { k0s: standing.k0s }),
    })
  }, 420_000)

  afterEach(async () => {
    expect(await mendCluster(pipeline.cluster)).toEqual([])
  }, 120_000)

  afterAll(async () => {
    try {
      await pipeline[Symbol.asyncDispose]()
    } finally {
      await standing.remove()
    }
  }, 120_000)

  /** All that is to be the same after a fault that ends no container. */
  async function running(machine: Machine) {
    return {
      containers: await containersRunning(machine),
      pods: await podsSaid(standing.controlPlane, machine),
    }
  }

  const dataOf = (evidence: readonly Evidence[], index: number) => evidence[index]?.data
  const allKept = (pods: readonly unknown[]) =>
    `all ${String(pods.length)} containers of the node are the same as before, none was restarted`

  test('a run that waits less for silent nodes begins with nodes whose kubelet says so often', async () => {
    const { stdout } = await worker.exec(['sh', '-c', 'tr "\\0" "\\n" < /proc/$(pgrep -x kubelet)/cmdline'])
    expect(stdout.split('\n')).toContain('--node-status-update-frequency=4s')
    expect(await nodeSaid(standing.controlPlane, worker)).toMatchObject({ ready: 'True', taints: [] })
  })

  test('its service stopped and started', async () => {
    const [before, kept] = [await workerSaid(worker), await running(worker)]
    expect(before).toMatchObject({ active: 'active', status: { pid: before.mainPid } })

    const stopped = await inject(node('node-1').stopKubelet())
    expect(unprovenOf(stopped)).toEqual([])
    expect(said(stopped.evidence).slice(0, 2)).toEqual([
      `k0sworker, which runs kubelet, on node-1, process ${String(before.mainPid)}, was stopped: its unit is inactive`,
      `kubelet, process ${String(before.kubelet[0])}, is gone; containerd, process ${String(before.containerd[0])}, is gone`,
    ])
    expect(await workerSaid(worker)).toEqual({
      ...{ active: 'inactive', mainPid: 0, restarts: before.restarts },
      ...{ status: undefined, kubelet: [], containerd: [] },
    })
    expect((await nodeSaid(standing.controlPlane, worker)).ready).toBe('Unknown')
    expect(await processesThere(worker, kept.containers)).toBe(true)

    const lines = await heal(stopped)
    expect(unproven(lines)).toEqual([])
    expect(lines.at(-1)).toBe(allKept(kept.pods))
    expect(await running(worker)).toEqual(kept)
    expect((await nodeSaid(standing.controlPlane, worker)).ready).toBe('True')
  })

  test.each([
    ['restarted', node('node-1').restartK0s(), 0],
    ['whose main process got SIGTERM', node('node-1').terminateK0s(), 1],
    ['whose main process was killed', node('node-1').killK0s(), 1],
  ])('its service %s', async (_, action, restarts) => {
    const [before, kept] = [await workerSaid(worker), await running(worker)]
    const done = await inject(action)
    expect(unprovenOf(done)).toEqual([])
    const after = await workerSaid(worker)
    expect(dataOf(done.evidence, 0)).toMatchObject({
      before: { pid: before.mainPid },
      after: { pid: after.mainPid, restarts: after.restarts },
    })
    expect(after.mainPid).not.toBe(before.mainPid)
    // systemd forgets its count when somebody else starts a unit.
    expect(after.restarts).toBe(restarts === 0 ? 0 : before.restarts + restarts)
    expect(after.status).toEqual({ pid: after.mainPid, version: before.status?.version })
    expect(dataOf(done.evidence, 1)).toEqual({
      before: { kubelet: before.kubelet[0], containerd: before.containerd[0] },
      after: { kubelet: after.kubelet[0], containerd: after.containerd[0] },
    })
    expect(after.kubelet).not.toEqual(before.kubelet)
    expect(after.containerd).not.toEqual(before.containerd)
    expect(said(done.evidence).at(-1)).toBe(allKept(kept.pods))
    expect(await running(worker)).toEqual(kept)
  })

  test.each([
    ['kubelet', node('node-1').killKubelet()],
    ['containerd', node('node-1').killContainerd()],
  ] as const)('its %s killed', async (program, action) => {
    const [before, kept] = [await workerSaid(worker), await running(worker)]
    const done = await inject(action)
    expect(unprovenOf(done)).toEqual([])
    const after = await workerSaid(worker)
    expect(dataOf(done.evidence, 1)).toEqual({
      before: { kubelet: before.kubelet[0], containerd: before.containerd[0] },
      after: { kubelet: after.kubelet[0], containerd: after.containerd[0] },
    })
    // k0s itself, and the other one of both, go on.
    expect(after).toEqual({ ...before, [program]: after[program] })
    expect(after[program]).toHaveLength(1)
    expect(after[program]).not.toEqual(before[program])
    expect(await running(worker)).toEqual(kept)
  })

  test('its power cut and given back', async () => {
    const [before, kept] = [await machineSaid(worker), await running(worker)]
    const off = await inject(node('node-1').powerOff())
    expect(unprovenOf(off)).toEqual([])
    expect(await machineSaid(worker)).toMatch(/^exited since /)
    expect((await nodeSaid(standing.controlPlane, worker)).ready).toBe('Unknown')
    expect(unproven(await heal(off))).toEqual([])
    const after = await machineSaid(worker)
    expect(after).toMatch(/^running since /)
    expect(after).not.toBe(before)
    expect((await workerSaid(worker)).active).toBe('active')
    // The same pods, of other containers, which kubelet tells when it has come to it.
    await expect
      .poll(
        async () => {
          const { pods } = await running(worker)
          return pods.map(({ uid, containers }, index) => ({
            uid,
            isNew: containers[0] !== kept.pods[index]?.containers[0],
          }))
        },
        { timeout: 60_000, interval: 1000 },
      )
      .toEqual(kept.pods.map(({ uid }) => ({ uid, isNew: true })))
  })

  test('fenced twice while it is on, it comes back, with other addresses, too', async () => {
    // As the network agent of k0s has one, of which no other address can be had while it has this one.
    const bridge = 'test-bridge'
    await worker.exec(['ip', 'link', 'add', bridge, 'type', 'bridge'])
    await worker.exec(['ip', 'link', 'set', bridge, 'up'])
    const ranges = new Set<string | undefined>()
    for (const round of [1, 2]) {
      const before = await nodeSaid(standing.controlPlane, worker)
      const address = `10.99.${String(round)}.1`
      await worker.exec(['ip', 'address', 'add', `${address}/24`, 'dev', bridge])
      await worker.exec(['tee', '/etc/cni/net.d/99-test.conf'], { input: `{"bridge":"${bridge}"}` })

      const stopped = await inject(node('node-1').stopKubelet())
      const fenced = await inject(node('node-1').fence({ whileOn: true }))
      expect(unprovenOf(fenced)).toEqual([])
      expect(unproven(await heal(stopped))).toEqual([])
      expect(unproven(await heal(fenced))).toEqual([])

      const after = await nodeSaid(standing.controlPlane, worker)
      expect(after).toMatchObject({ ready: 'True', unschedulable: false })
      expect(after.uid).not.toBe(before.uid)
      ranges.add(before.podCidr).add(after.podCidr)
      const pods = await podsSaid(standing.controlPlane, worker)
      const forwarder = pods.find(({ name }) => name.startsWith('fluentd-forwarder'))!
      expect(forwarder.address).toContain(after.podCidr?.replace(/\.0\/24$/, '.'))
      // The API server has found the way there, too.
      const { api, namespace } = pipeline
      const monitor = { namespace, pod: forwarder.name, port: 24_220 }
      await expect
        .poll(() => getThroughProxy(api, monitor, '/api/plugins.json'), { timeout: 30_000, interval: 1000 })
        .toContain('plugins')

      const addresses = await worker.exec(['ip', '-4', '-oneline', 'address', 'show'])
      expect(addresses.stdout).toContain(`lo    inet ${address}/32`)
      expect(addresses.stdout).not.toContain(`${bridge}    inet`)
      const routes = await worker.exec(['ip', 'route', 'show', 'dev', bridge])
      expect(routes.stdout).toContain(`${address.replace(/1$/, '0')}/24`)
    }
    await worker.exec(['ip', 'link', 'delete', bridge])
    // A controller manager that was started anew gives the first range that is free, which may be the same once.
    expect(ranges.size).toBeGreaterThan(1)
  })

  test.skipIf(upgradeTo === undefined)('upgraded as k0sctl does, with its taint and a drain', async () => {
    const { controlPlane, machines } = standing
    const upgraded = machines[1]!
    const before = await workerSaid(upgraded)
    const evict = 'k0sctl.k0sproject.io/evict:NoExecute'
    const forwarder = pipeline.forwarders[1]!.object!.metadata.uid

    const tainted = await inject(node('node-2').taint())
    expect(unprovenOf(tainted)).toEqual([])
    expect((await nodeSaid(controlPlane, upgraded)).taints).toContain(evict)
    const drained = await inject(node('node-2').drain({ gracePeriod: '120s', timeout: '5m' }))
    expect(unprovenOf(drained)).toEqual([])
    expect((await nodeSaid(controlPlane, upgraded)).unschedulable).toBe(true)
    const left = await podsSaid(controlPlane, upgraded)
    expect(left.filter(({ name }) => name.startsWith('fluentd-'))).toEqual([])

    const stopped = await inject(node('node-2').stopKubelet({ until: 'stopped' }))
    expect(unprovenOf(stopped)).toEqual([])
    const replaced = await inject(node('node-2').upgradeK0s())
    expect(unprovenOf(replaced)).toEqual([])
    expect(unproven(await heal(stopped))).toEqual([])
    expect(unproven(await heal(drained))).toEqual([])
    expect(unproven(await heal(tainted))).toEqual([])

    const after = await workerSaid(upgraded)
    const { stdout } = await upgraded.exec(['k0s', 'version'])
    expect(dataOf(replaced.evidence, 0)).toEqual({
      before: before.status?.version,
      after: after.status?.version,
    })
    expect(after.status).toEqual({ pid: after.mainPid, version: stdout.trim() })
    expect(stdout.trim()).not.toBe(before.status?.version)
    expect(await nodeSaid(controlPlane, upgraded)).toMatchObject({
      ...{ ready: 'True', unschedulable: false },
      taints: [],
    })
    const uids = (await podsSaid(controlPlane, upgraded)).map(({ uid }) => uid)
    expect(uids).not.toContain(forwarder)
    expect(uids).toContain(pipeline.forwarders[1]!.object!.metadata.uid)
    // What was there before its upgrade, and stayed, is as it was.
    const now = await podsSaid(controlPlane, upgraded)
    expect(now.filter(({ uid }) => left.some((pod) => pod.uid === uid))).toEqual(left)
  })
})
