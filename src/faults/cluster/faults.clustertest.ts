import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { objectPath } from '../../testbed/kubernetes/paths.js'
import { openTestNodes, testKubeconfig } from '../../testing/cluster.js'
import { said } from '../../testing/fault-context.js'
import {
  deployFaultPipeline,
  unproven,
  unprovenOf,
  type FaultPipeline,
} from '../../testing/fault-pipeline.js'
import { aggregator as aggregatorActions, dns, forwarders as allForwarders, node } from '../vocabulary.js'
import { mendCluster } from './mending.js'
import { startUnit, stopUnit, unitState } from './units.js'

describe.skipIf(testKubeconfig === undefined)('faults of a cluster', { timeout: 400_000 }, () => {
  let pipeline: FaultPipeline
  let machines: readonly Machine[]
  const inject: FaultPipeline['inject'] = (action) => pipeline.inject(action)
  const heal: FaultPipeline['heal'] = (injected) => pipeline.heal(injected)

  beforeAll(async () => {
    const nodes = await openTestNodes()
    machines = nodes.machines
    pipeline = await deployFaultPipeline({ ...nodes, kubeconfigPath: testKubeconfig ?? '' })
  }, 180_000)

  afterEach(async () => {
    expect(await mendCluster(pipeline.cluster)).toEqual([])
  }, 120_000)

  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]()
  }, 120_000)

  test('kubelet stopped until pods are told to go', async () => {
    const stopped = await inject(node('node-2').stopKubelet({ until: 'evicted' }))
    expect(unprovenOf(stopped)).toEqual([])
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
    expect(pipeline.standby.object?.spec.nodeName).toBe(machines[0]?.kubernetesName)
  })

  test('a kubelet that comes back by itself was not stopped', async () => {
    const machine = machines[0]!
    const action = inject(node('node-1').stopKubelet())
    await expect
      .poll(async () => (await unitState(machine, 'kubelet')).active, { timeout: 20_000 })
      .toBe('inactive')
    await startUnit(machine, 'kubelet')
    const stopped = await action
    expect(unprovenOf(stopped)).toHaveLength(1)
    expect(unprovenOf(stopped)[0]).toMatch(
      /^NOT SO: kubelet on node-1 came back by itself: its unit is active/,
    )
    expect(unproven(await heal(stopped))).toHaveLength(1)
  })

  test('one that did not run cannot be stopped', async () => {
    await stopUnit(machines[0]!, 'kubelet')
    const stopped = await inject(node('node-1').stopKubelet())
    expect(unprovenOf(stopped)).toEqual([
      'NOT SO: kubelet on node-1 did not run before: its unit was inactive',
    ])
    expect(unproven(await heal(stopped))).toEqual([])
  })

  test('an injection that is aborted is taken back', async () => {
    const machine = machines[0]!
    const action = inject(node('node-1').stopKubelet())
    await expect
      .poll(async () => (await unitState(machine, 'kubelet')).active, { timeout: 20_000 })
      .toBe('inactive')
    pipeline.abort(new Error('Ctrl-C'))
    await expect(action).rejects.toThrow('Ctrl-C')
    expect((await unitState(machine, 'kubelet')).active).toBe('active')
  })

  test('what nobody mended is taken back at the end', async () => {
    await inject(node('node-1').stopKubelet({ until: 'stopped' }))
    await inject(node('node-1').cordon())
    await inject(node('node-1').taint({ effect: 'NoSchedule' }))
    await inject(node('node-1').cutFrom('node-2'))
    expect(await mendCluster(pipeline.cluster)).toEqual([])
    expect((await unitState(machines[0]!, 'kubelet')).active).toBe('active')
    const rules = await machines[0]!.exec(['iptables-save'])
    expect(rules.stdout).not.toContain('GAPLESS')
    const { spec } = await pipeline.api.get<{ spec: Record<string, unknown> }>(
      `/api/v1/nodes/${machines[0]!.kubernetesName}`,
    )
    expect(spec).toMatchObject({ podCIDR: expect.any(String) as string })
    expect(spec.unschedulable).toBeUndefined()
    expect(spec.taints).toBeUndefined()
    expect(await mendCluster(pipeline.cluster)).toEqual([])
  })

  test('drained and uncordoned', async () => {
    const drained = await inject(node('node-2').drain())
    expect(unprovenOf(drained)).toEqual([])
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
    const { api, namespace } = pipeline
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
    const target =
      pipeline.aggregator.object?.spec.nodeName === machines[0]?.kubernetesName ? 'node-1' : 'node-2'
    const blocked = await inject(node(target).drain({ timeout: '5s' }))
    expect(unprovenOf(blocked).join('\n')).toMatch(
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
    expect(lines[3]).toMatch(/^what tolerates it is untouched: .*kube-system\/kube-proxy-/)
    expect(unprovenOf(tainted)).toEqual([])
    expect(unproven(await heal(tainted))).toEqual([])
  })

  test('powered off, fenced, and back', async () => {
    const off = await inject(node('node-2').powerOff())
    expect(unprovenOf(off)).toEqual([])
    const fenced = await inject(node('node-2').fence())
    expect(unprovenOf(fenced)).toEqual([])
    expect(unproven(await heal(off))).toEqual([])
    expect(unproven(await heal(fenced))).toEqual([])
  })

  test('a node that is on is not fenced', async () => {
    const fenced = await inject(node('node-1').fence())
    expect(unprovenOf(fenced)).toEqual(['NOT SO: node-1 was not fenced: it is on'])
    expect(await heal(fenced)).toEqual([])
  })

  test.each([
    ['from another node', node('node-1').cutFrom('node-2'), 'got no answer'],
    ['from the collector, refused', node('node-1').cutFromCollector({ reject: true }), 'was refused'],
  ])('cut off %s', async (_, action, says) => {
    const cut = await inject(action)
    expect(unprovenOf(cut)).toEqual([])
    expect(said(cut.evidence)[1]).toContain(says)
    expect(unproven(await heal(cut))).toEqual([])
  })

  test('containerd stopped', async () => {
    const stopped = await inject(node('node-2').stopContainerd())
    expect(unprovenOf(stopped)).toEqual([])
    expect(unproven(await heal(stopped))).toEqual([])
  })

  test('an image removed', async () => {
    const removed = await inject(node('node-1').removeImage('forwarder'))
    expect(unprovenOf(removed)).toEqual([])
    const { api, namespace, forwarders } = pipeline
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
    expect(unprovenOf(down)).toEqual([])
    expect(unproven(await heal(down))).toEqual([])
  })

  test.each([
    ['forwarders', allForwarders.rollingUpdate()],
    ['forwarders at once', allForwarders.rollingUpdate({ maxUnavailable: '100%' })],
    ['aggregator', aggregatorActions.rollingUpdate()],
  ])('a rolling update of %s', async (_, action) => {
    expect(unprovenOf(await inject(action))).toEqual([])
  })
})
