import { randomBytes } from 'node:crypto'
import { type FaultContext, type InjectedFault } from '../faults/fault.js'
import { faultDefinition } from '../faults/registry.js'
import { aggregatorPod } from '../pipeline/aggregator.js'
import { forwarderPod } from '../pipeline/forwarder.js'
import { fluentdsMeant } from '../scenario/plan.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { type FluentdTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { type Cluster, type K0sAccess, type PodSpec } from '../testbed/contract.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { connect, type KubernetesApi } from '../testbed/kubernetes/api.js'
import { type KubernetesContext, machineOf } from '../testbed/kubernetes/context.js'
import { type Machine } from '../testbed/kubernetes/machine.js'
import { namespaceManifest } from '../testbed/kubernetes/manifests.js'
import { removeNamespace, removeNodeLabels } from '../testbed/kubernetes/namespace.js'
import { keptLogsDirectory } from '../testbed/kubernetes/pod-logs.js'
import { watchPods, type PodWatch } from '../testbed/kubernetes/pod-watch.js'
import { type KubernetesPod } from '../testbed/kubernetes/pod.js'
import { deployWorkload } from '../testbed/kubernetes/workloads.js'
import { said } from './fault-context.js'

/** What such a pipeline's pods are made from. */
export const fluentdImage = 'fluent/fluentd:v1.16.11-debian-1.0'
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

export interface FaultPipelineParts {
  readonly kubeconfigPath: string
  /** `node-1` and `node-2`. */
  readonly machines: readonly Machine[]
  /** What stands for the collector: something that listens at port 6443. */
  readonly controlPlane: Machine
  readonly k0s?: K0sAccess
}

/** Forwarders, an aggregator and one beside it that has no claim, on a cluster that stands, for faults to break. */
export interface FaultPipeline extends AsyncDisposable {
  readonly api: KubernetesApi
  readonly namespace: string
  readonly cluster: Cluster
  readonly forwarders: readonly KubernetesPod[]
  readonly aggregator: KubernetesPod
  /** A Deployment's, without a claim: it may be anywhere. */
  readonly standby: KubernetesPod
  /** Shows what it did, and how long that took. */
  inject(action: Action): Promise<InjectedFault>
  /** What its evidence says. */
  heal(injected: InjectedFault): Promise<string[]>
  /** Aborts the injection that is under way. */
  abort(reason: Error): void
}

export async function deployFaultPipeline(parts: FaultPipelineParts): Promise<FaultPipeline> {
  const { kubeconfigPath, machines, controlPlane, k0s } = parts
  const runId = `test-${randomBytes(4).toString('hex')}`
  const namespace = `gapless-${runId}`
  const api = await connect(kubeconfigPath)
  await api.create(namespaceManifest(namespace, runId))
  const watch: PodWatch = await watchPods(api, namespace)
  const context: KubernetesContext = {
    ...{ api, namespace, runId, machines, watch },
    onProgress: () => undefined,
    onEvent: () => undefined,
    signal: new AbortController().signal,
  }
  const [forwarders, [aggregator], [standby]] = await deployPods(context)
  const cluster = {
    nodes: machines.map((machine) => machine.node),
    kubernetes: {
      ...{ api, namespace },
      machine: (name: string) => machineOf(name, context),
      ...(k0s && { k0s }),
    },
  } as unknown as Cluster
  let aborting = new AbortController()

  function podOf(target: FluentdTarget): KubernetesPod {
    if (target.role === 'aggregator') return aggregator
    const found = forwarders.find(({ spec }) => spec.node === target.node)
    if (found) return found
    throw new Error(`${target.node} has no forwarder`)
  }

  function faultContext(): FaultContext {
    aborting = new AbortController()
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

  return {
    ...{ api, namespace, cluster, forwarders, aggregator, standby },
    async inject(action) {
      if (action.type === 'heal') throw new Error('that mends something')
      const fromMs = performance.now()
      const injected = await faultDefinition(action.spec.fault).inject(action.spec, faultContext())
      show(action.spec.description, fromMs, injected.evidence)
      return injected
    },
    async heal(injected) {
      const fromMs = performance.now()
      const evidence = (await injected.heal?.({})) ?? []
      show('healed', fromMs, evidence)
      return said(evidence)
    },
    abort: (reason) => aborting.abort(reason),
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]()
      await removeNodeLabels(api)
      await removeNamespace(api, namespace)
      for (const machine of machines) {
        await machine.exec(['rm', '-rf', keptLogsDirectory(runId), '/var/lib/fluentd'])
      }
      api[Symbol.dispose]()
    },
  }
}

type DeployedPods = readonly [readonly KubernetesPod[], readonly [KubernetesPod], readonly [KubernetesPod]]

async function deployPods(context: KubernetesContext): Promise<DeployedPods> {
  const pod = (spec: PodSpec) => ({ ...spec, image: fluentdImage })
  const withoutClaims = ({ volumes }: PodSpec) =>
    volumes.map((volume) => ({ ...volume, source: { type: 'emptyDir' } as const }))
  const aggregator = pod(aggregatorPod(knobs, 'node-2', endpoints, fluentd))
  const standby = { ...aggregator, name: 'fluentd-standby', volumes: withoutClaims(aggregator) }
  const forwarders = context.machines.map(({ node }) => pod(forwarderPod(knobs, node, endpoints, fluentd)))
  const options = { readinessPort: 24_224, ports: { forward: 24_224 }, tolerations }
  return (await Promise.all([
    deployWorkload({ kind: 'DaemonSet', name: 'fluentd-forwarder', pods: forwarders }, {}, context),
    deployWorkload({ kind: 'StatefulSet', name: 'fluentd-aggregator', pods: [aggregator] }, options, context),
    deployWorkload({ kind: 'Deployment', name: 'fluentd-standby', pods: [standby] }, options, context),
  ])) as unknown as DeployedPods
}

function show(what: string, fromMs: number, evidence: InjectedFault['evidence']): void {
  const seconds = ((performance.now() - fromMs) / 1000).toFixed(1)
  console.log(`${what}: ${seconds} s\n${said(evidence).join('\n')}`)
}

/** What does not hold of what evidence says. */
export const unproven = (lines: readonly string[]) => lines.filter((line) => line.startsWith('NOT SO'))
export const unprovenOf = ({ evidence }: InjectedFault) => unproven(said(evidence))
