import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aggregatorPod } from '../../pipeline/aggregator.js'
import { forwarderPod } from '../../pipeline/forwarder.js'
import { resolveKnobs } from '../../scenario/profiles.js'
import { fluentdsMeant } from '../../scenario/plan.js'
import { type FluentdTarget, type PodTarget } from '../../scenario/target.js'
import { type Action } from '../../scenario/timeline.js'
import { type Cluster, type PodSpec } from '../../testbed/contract.js'
import { type Endpoints } from '../../testbed/endpoints.js'
import { connect, type KubernetesApi } from '../../testbed/kubernetes/api.js'
import { type KubernetesContext, machineOf } from '../../testbed/kubernetes/context.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { namespaceManifest } from '../../testbed/kubernetes/manifests.js'
import { removeNamespace, removeNodeLabels } from '../../testbed/kubernetes/namespace.js'
import { objectPath } from '../../testbed/kubernetes/paths.js'
import { keptLogsDirectory } from '../../testbed/kubernetes/pod-logs.js'
import { watchPods, type PodWatch } from '../../testbed/kubernetes/pod-watch.js'
import { type KubernetesPod } from '../../testbed/kubernetes/pod.js'
import { deployWorkload } from '../../testbed/kubernetes/workloads.js'
import { openTestNodes, testKubeconfig } from '../../testing/cluster.js'
import { said } from '../../testing/fault-context.js'
import { type FaultContext, type InjectedFault } from '../fault.js'
import { faultDefinition } from '../registry.js'
import { aggregator as aggregatorActions, dns, forwarders as allForwarders, node } from '../vocabulary.js'
import { mendCluster } from './mending.js'
import { startUnit, stopUnit, unitState } from './units.js'

const image = 'fluent/fluentd:v1.16.11-debian-1.0'
const runId = `test-${randomBytes(4).toString('hex')}`
const namespace = `gapless-${runId}`
/** Nobody listens there, which is told at once: a forwarder that waits for an answer would not end within its grace period. */
const nowhere = { host: '127.0.0.1', port: 9 }
const monitor = { host: '0.0.0.0', port: 24_220 }
const endpoints: Endpoints = {
  aggregator: { host: '0.0.0.0', port: 24_224 },
  forwardTo: { 'node-1': nowhere, 'node-2': nowhere },
  aggregatorMonitor: monitor,
  forwarderMonitors: { 'node-1': monitor, 'node-2': monitor },
  collectorUrls: { forwarder: 'http://192.0.2.1:9/', aggregator: 'http://192.0.2.1:9/' },
  controlUrl: 'http://192.0.2.1:9/',
}
const knobs = resolveKnobs('hardened', {
  'aggregator.terminationGracePeriod': '5s',
  'forwarder.terminationGracePeriod': '5s',
})
const fluentd = { version: '1.16.11', command: ['fluentd'], env: {} }
/** Shorter than the cluster's own, which are minutes. */
const tolerations = ['not-ready', 'unreachable'].map((key) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 3,
}))

describe.skipIf(testKubeconfig === undefined)('faults of a cluster', { timeout: 400_000 }, () => {
  let api: KubernetesApi
  let watch: PodWatch
  let machines: readonly Machine[]
  let controlPlane: Machine
  let forwarders: readonly KubernetesPod[]
  let aggregator: KubernetesPod
  let standby: KubernetesPod
  let cluster: Cluster
  let aborting = new AbortController()

  beforeAll(async () => {
    ;({ machines, controlPlane } = await openTestNodes())
    api = await connect(testKubeconfig ?? '')
    await api.create(namespaceManifest(namespace, runId))
    watch = await watchPods(api, namespace)
    const context: KubernetesContext = {
      ...{ api, namespace, runId, machines, watch },
      onProgress: () => undefined,
      onEvent: () => undefined,
      signal: new AbortController().signal,
    }
    const pod = (spec: PodSpec) => ({ ...spec, image })
    const aggregatorSpec = pod(aggregatorPod(knobs, 'node-2', endpoints, fluentd))
    const options = { readinessPort: 24_224, ports: { forward: 24_224 }, tolerations }
    ;[forwarders, [aggregator], [standby]] = (await Promise.all([
      deployWorkload(
        {
          kind: 'DaemonSet',
          name: 'fluentd-forwarder',
          pods: machines.map((machine) => pod(forwarderPod(knobs, machine.node, endpoints, fluentd))),
        },
        {},
        context,
      ),
      deployWorkload(
        { kind: 'StatefulSet', name: 'fluentd-aggregator', pods: [aggregatorSpec] },
        options,
        context,
      ),
      deployWorkload(
        {
          kind: 'Deployment',
          name: 'fluentd-standby',
          pods: [{ ...aggregatorSpec, name: 'fluentd-standby', volumes: withoutClaims(aggregatorSpec) }],
        },
        options,
        context,
      ),
    ])) as [readonly KubernetesPod[], [KubernetesPod], [KubernetesPod]]
    cluster = {
      nodes: machines.map((machine) => machine.node),
      kubernetes: { api, namespace, machine: (name: string) => machineOf(name, context) },
    } as unknown as Cluster
  }, 180_000)

  afterEach(async () => {
    expect(await mendCluster(cluster)).toEqual([])
  }, 120_000)

  afterAll(async () => {
    await watch[Symbol.asyncDispose]()
    await removeNodeLabels(api)
    await removeNamespace(api, namespace)
    for (const machine of machines) {
      await machine.exec(['rm', '-rf', keptLogsDirectory(runId), '/var/lib/fluentd'])
    }
    api[Symbol.dispose]()
  }, 120_000)

  const withoutClaims = ({ volumes }: PodSpec) =>
    volumes.map((volume) => ({ ...volume, source: { type: 'emptyDir' } as const }))

  function faultContext(): FaultContext {
    aborting = new AbortController()
    const podOf = (target: FluentdTarget) =>
      target.role === 'aggregator' ? aggregator : forwarders.find((pod) => pod.spec.node === target.node)!
    const url = `http://${controlPlane.address}:6443/`
    return {
      cluster,
      endpoints: { ...endpoints, collectorUrls: { forwarder: url, aggregator: url } },
      fluentds: (target: PodTarget) => fluentdsMeant(target, { knobs }),
      pod: podOf,
      nowMs: () => Date.now(),
      signal: aborting.signal,
    } as unknown as FaultContext
  }

  async function inject(action: Action, context = faultContext()): Promise<InjectedFault> {
    if (action.type === 'heal') throw new Error('that mends something')
    const fromMs = performance.now()
    const injected = await faultDefinition(action.spec.fault).inject(action.spec, context)
    show(action.spec.description, fromMs, injected.evidence)
    return injected
  }

  async function heal(injected: InjectedFault): Promise<string[]> {
    const fromMs = performance.now()
    const evidence = (await injected.heal?.({})) ?? []
    show('healed', fromMs, evidence)
    return said(evidence)
  }

  function show(what: string, fromMs: number, evidence: InjectedFault['evidence']): void {
    const seconds = ((performance.now() - fromMs) / 1000).toFixed(1)
    console.log(`${what}: ${seconds} s\n${said(evidence).join('\n')}`)
  }

  const unproven = (lines: readonly string[]) => lines.filter((line) => line.startsWith('NOT SO'))
  const proven = (injected: InjectedFault) => unproven(said(injected.evidence))

  test('kubelet stopped until pods are told to go', async () => {
    const stopped = await inject(node('node-2').stopKubelet({ until: 'evicted' }))
    expect(proven(stopped)).toEqual([])
    const lines = said(stopped.evidence)
    expect(lines[0]).toMatch(/^kubelet on node-2, process \d+, was stopped: its unit is inactive$/)
    expect(lines[1]).toMatch(/^kubelet, process \d+, is gone; containerd, process \d+, runs on$/)
    expect(lines[2]).toMatch(/^Ready of node-2 is Unknown since \S+, [\d.]+ s after it fell silent/)
    expect(lines.slice(4).sort()[0]).toMatch(
      /fluentd-aggregator-0 \(StatefulSet\) .* and stays Terminating; nothing/,
    )
    expect(lines.slice(4).sort()[1]).toMatch(
      /fluentd-standby-\S+ \(ReplicaSet\) .* has taken its place and is ready/,
    )
    expect(JSON.stringify(stopped.evidence)).toContain('"what":"node-monitor-grace-period"')
    expect(unproven(await heal(stopped))).toEqual([])
    expect(standby.object?.spec.nodeName).toBe(machines[0]?.kubernetesName)
  })

  test('a kubelet that comes back by itself was not stopped', async () => {
    const machine = machines[0]!
    const action = inject(node('node-1').stopKubelet())
    await expect
      .poll(async () => (await unitState(machine, 'kubelet')).active, { timeout: 20_000 })
      .toBe('inactive')
    await startUnit(machine, 'kubelet')
    const stopped = await action
    expect(proven(stopped)).toHaveLength(1)
    expect(proven(stopped)[0]).toMatch(/^NOT SO: kubelet on node-1 came back by itself: its unit is active/)
    expect(unproven(await heal(stopped))).toHaveLength(1)
  })

  test('one that did not run cannot be stopped', async () => {
    await stopUnit(machines[0]!, 'kubelet')
    const stopped = await inject(node('node-1').stopKubelet())
    expect(proven(stopped)).toEqual(['NOT SO: kubelet on node-1 did not run before: its unit was inactive'])
    expect(unproven(await heal(stopped))).toEqual([])
  })

  test('an injection that is aborted is taken back', async () => {
    const machine = machines[0]!
    const action = inject(node('node-1').stopKubelet())
    await expect
      .poll(async () => (await unitState(machine, 'kubelet')).active, { timeout: 20_000 })
      .toBe('inactive')
    aborting.abort(new Error('Ctrl-C'))
    await expect(action).rejects.toThrow('Ctrl-C')
    expect((await unitState(machine, 'kubelet')).active).toBe('active')
  })

  test('what nobody mended is taken back at the end', async () => {
    await inject(node('node-1').stopKubelet({ until: 'stopped' }))
    await inject(node('node-1').cordon())
    await inject(node('node-1').taint({ effect: 'NoSchedule' }))
    await inject(node('node-1').cutFrom('node-2'))
    expect(await mendCluster(cluster)).toEqual([])
    expect((await unitState(machines[0]!, 'kubelet')).active).toBe('active')
    const rules = await machines[0]!.exec(['iptables-save'])
    expect(rules.stdout).not.toContain('GAPLESS')
    const { spec } = await api.get<{ spec: Record<string, unknown> }>(
      `/api/v1/nodes/${machines[0]!.kubernetesName}`,
    )
    expect(spec).toMatchObject({ podCIDR: expect.any(String) as string })
    expect(spec.unschedulable).toBeUndefined()
    expect(spec.taints).toBeUndefined()
    expect(await mendCluster(cluster)).toEqual([])
  })

  test('drained and uncordoned', async () => {
    const drained = await inject(node('node-2').drain())
    expect(proven(drained)).toEqual([])
    expect(said(drained.evidence)[0]).toBe('node-2 is unschedulable')
    expect(said(drained.evidence).join('\n')).toMatch(
      /fluentd-aggregator-0 \(StatefulSet\) was evicted, its container ended with exit code 0 and was gone [\d.]+ s later, by its uid/,
    )
    expect(said(drained.evidence).at(-1)).toMatch(
      /^these stayed, by their uids: .*fluentd-forwarder-\S+ \(DaemonSet\)/,
    )
    expect(unproven(await heal(drained))).toEqual([])
  })

  test('a drain that a budget blocks is none', async () => {
    const metadata = { name: 'none-less', namespace }
    const budget = `/apis/${api.served.policy}/namespaces/${namespace}/poddisruptionbudgets/none-less`
    await api.create({
      apiVersion: api.served.policy,
      kind: 'PodDisruptionBudget',
      metadata,
      spec: {
        maxUnavailable: 0,
        selector: { matchLabels: { 'gapless.dev/workload': 'fluentd-aggregator' } },
      },
    })
    await expect
      .poll(async () => JSON.parse(await api.request('GET', budget)) as unknown, { timeout: 30_000 })
      .toMatchObject({ status: { observedGeneration: 1 } })
    const target = aggregator.object?.spec.nodeName === machines[0]?.kubernetesName ? 'node-1' : 'node-2'
    const blocked = await inject(node(target).drain({ timeout: '5s' }))
    expect(proven(blocked).join('\n')).toMatch(
      /NOT SO: evicting \S+\/fluentd-aggregator-0 \(StatefulSet\) was refused for [\d.]+ s, \d+ times: .*disruption budget/,
    )
    await api.remove(budget)
    expect(unproven(await heal(blocked))).toEqual([])
  })

  test('a taint ends the forwarder and leaves kube-proxy alone', async () => {
    const tainted = await inject(node('node-1').taint())
    const lines = said(tainted.evidence)
    expect(lines[0]).toBe('node-1 has the taint k0sctl.k0sproject.io/evict=true:NoExecute')
    expect(lines[1]).toMatch(
      /^evicted: .*fluentd-forwarder-\S+ \(DaemonSet\) (ended with exit code 0, )?gone after/,
    )
    // Nobody answers where it forwards to.
    expect(lines[2]).toMatch(
      /^Fluentd's log says that it shut its worker down and finished(; \d+ flush(es)? failed meanwhile)?$/,
    )
    expect(lines[3]).toMatch(/^what tolerates it is untouched: kube-system\/kube-proxy-/)
    expect(proven(tainted)).toEqual([])
    expect(unproven(await heal(tainted))).toEqual([])
  })

  test('powered off, fenced, and back', async () => {
    const off = await inject(node('node-2').powerOff())
    expect(proven(off)).toEqual([])
    const fenced = await inject(node('node-2').fence())
    expect(proven(fenced)).toEqual([])
    expect(unproven(await heal(off))).toEqual([])
    expect(unproven(await heal(fenced))).toEqual([])
  })

  test('a node that is on is not fenced', async () => {
    const fenced = await inject(node('node-1').fence())
    expect(proven(fenced)).toEqual(['NOT SO: node-1 was not fenced: it is on'])
    expect(await heal(fenced)).toEqual([])
  })

  test.each([
    ['from another node', node('node-1').cutFrom('node-2'), 'got no answer'],
    ['from the collector, refused', node('node-1').cutFromCollector({ reject: true }), 'was refused'],
  ])('cut off %s', async (_, action, says) => {
    const cut = await inject(action)
    expect(proven(cut)).toEqual([])
    expect(said(cut.evidence)[1]).toContain(says)
    expect(unproven(await heal(cut))).toEqual([])
  })

  test('containerd stopped', async () => {
    const stopped = await inject(node('node-2').stopContainerd())
    expect(proven(stopped)).toEqual([])
    expect(unproven(await heal(stopped))).toEqual([])
  })

  test('an image removed', async () => {
    const removed = await inject(node('node-1').removeImage('forwarder'))
    expect(proven(removed)).toEqual([])
    await api.remove(objectPath('Pod', namespace, forwarders[0]!.object!.metadata.name))
    await expect
      .poll(() => forwarders[0]!.object?.status?.containerStatuses?.[0]?.state?.waiting?.reason, {
        timeout: 60_000,
      })
      .toMatch(/Image/)
    const lines = await heal(removed)
    expect(unproven(lines)).toEqual([])
    expect(lines[1]).toMatch(/fluentd-forwarder-\S+ is (ErrImagePull|ImagePullBackOff)/)
  })

  test('DNS down', async () => {
    const down = await inject(dns.stop())
    expect(proven(down)).toEqual([])
    expect(unproven(await heal(down))).toEqual([])
  })

  test.each([
    ['forwarders', allForwarders.rollingUpdate()],
    ['forwarders at once', allForwarders.rollingUpdate({ maxUnavailable: '100%' })],
    ['aggregator', aggregatorActions.rollingUpdate()],
  ])('a rolling update of %s', async (_, action) => {
    expect(proven(await inject(action))).toEqual([])
  })
})
