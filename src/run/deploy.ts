import path from 'node:path'
import { GaplessError } from '../errors.js'
import { aggregatorPod, aggregatorWorkload } from '../pipeline/aggregator.js'
import { appPod } from '../pipeline/app.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { type FluentdProgram } from '../pipeline/fluentd-pod.js'
import { forwarderPod } from '../pipeline/forwarder.js'
import { fluentdsMeant, type Plan, type PlannedStream } from '../scenario/plan.js'
import { type RunDirectory } from '../store/run-directory.js'
import { describeTarget, type FluentdTarget } from '../scenario/target.js'
import { type Cluster, type Pod, type PodSpec, type Workload } from '../testbed/contract.js'
import { until } from '../until.js'

export interface Deployment {
  readonly apps: readonly Pod[]
  podOf(target: FluentdTarget): Pod
  /** Another aggregator for the node and the claim of the only one, not created yet; it has addresses of its own. */
  secondAggregator(): Promise<PodSpec>
}

export interface DeployOptions {
  readonly plan: Plan
  readonly store: RunDirectory
  readonly cluster: Cluster
  readonly endpoints: Endpoints
  readonly fluentd: FluentdProgram
  readonly signal: AbortSignal
}

/**
 * Applications first, so that their log files exist, then the aggregator, then the forwarders: a forwarder that
 * begins at the end of a file must find it empty, or a run without a failure would begin with a loss.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { plan, cluster, endpoints, fluentd } = options
  const pods = new Map<string, Pod>()
  const create = async (workload: Workload, targets: readonly FluentdTarget[]) => {
    const created = await cluster.deploy(workload)
    await Promise.all(
      created.map(async (pod, index) => {
        const target = targets[index]
        if (!target) throw new TypeError(`${workload.name} has a pod too many`)
        pods.set(describeTarget(target), pod)
        await fluentdReady(target, pod, options)
      }),
    )
  }
  const apps = Promise.all(plan.streams.map((stream) => cluster.deploy(app(stream, options))))
  const replicas = fluentdsMeant({ role: 'aggregator' }, plan)
  const aggregator = plan.aggregator ? create(aggregators(replicas.length, options), replicas) : undefined
  const [created] = await Promise.all([apps, aggregator])
  await create(
    {
      kind: 'DaemonSet',
      name: 'fluentd-forwarder',
      pods: plan.nodes.map((node) => forwarderPod(plan.knobs, node, endpoints, fluentd)),
      tolerateTaints: plan.knobs['forwarder.tolerateTaints'],
    },
    plan.nodes.map((node) => ({ role: 'forwarder', node })),
  )
  const podOf = (target: FluentdTarget) => {
    const pod = pods.get(describeTarget(target))
    if (pod) return pod
    throw new GaplessError(`there is no ${describeTarget(target)} in this pipeline`, {
      code: 'scenario-invalid',
      hint: `Its nodes are ${plan.nodes.join(', ')}.`,
    })
  }
  const secondAggregator = async () => {
    const { spec } = podOf({ role: 'aggregator', replica: null })
    const addresses = await cluster.anotherAggregator(endpoints)
    return {
      ...aggregatorPod(plan.knobs, spec.node, addresses, fluentd),
      name: `${spec.name}-second-${Date.now().toString(36)}`,
    }
  }
  return { apps: created.flat(), podOf, secondAggregator }
}

/** An application as a DaemonSet of its own, which goes on whatever becomes of its node's other pods unless told not to. */
function app({ stream, node, pod }: PlannedStream, { plan, cluster, endpoints }: DeployOptions): Workload {
  const { 'app.logsTo': logsTo, 'app.tolerateTaints': tolerateTaints } = plan.knobs
  const spec = { name: pod, node, run: plan.runToken, stream, seed: plan.seed, ...plan.load, logsTo }
  return {
    kind: 'DaemonSet',
    name: pod,
    pods: [appPod(spec, endpoints, cluster.emitter)],
    tolerateTaints,
  }
}

function aggregators(replicas: number, { plan, endpoints, fluentd }: DeployOptions): Workload {
  const hasClaim = plan.knobs['aggregator.stateVolume'] === 'persistentVolumeClaim'
  const affinity = plan.knobs['aggregator.affinity']
  return {
    kind: hasClaim ? 'StatefulSet' : 'Deployment',
    name: aggregatorWorkload,
    pods: Array.from({ length: replicas }, (_, replica) =>
      aggregatorPod(plan.knobs, plan.aggregatorNode, endpoints, fluentd, replica),
    ),
    ...(plan.knobs['aggregator.readinessProbe'] && { readinessPort: endpoints.aggregator.port }),
    minAvailable: plan.knobs['aggregator.minAvailable'],
    ...(affinity !== 'none' && { affinity }),
  }
}

/** So much of its log is looked through, from its end. */
const logBytes = 64 * 1024

/** Waits until Fluentd says that its worker runs; an end before that is what it said, as an error. */
export async function fluentdReady(
  target: FluentdTarget,
  pod: Pod,
  { plan, store, signal }: Pick<DeployOptions, 'plan' | 'store' | 'signal'>,
): Promise<void> {
  await until(`Fluentd of the ${describeTarget(target)} to run`, {
    timeoutMs: 60_000,
    signal,
    poll: async () => {
      const log = await pod.logs({ maxBytes: logBytes })
      if (log.includes('fluentd worker is now running')) return true
      const status = await pod.status()
      const refused = status.restartCount > 0 || status.state !== 'running'
      if (refused || /Worker \d+ exited unexpectedly/.test(log)) {
        // It may have said more between being asked what it said and being asked whether it runs.
        throw pipelineRefused(target, pod, await pod.logs({ maxBytes: logBytes }), { plan, store })
      }
      return undefined
    },
  })
}

function pipelineRefused(
  target: FluentdTarget,
  pod: Pod,
  log: string,
  { plan, store }: Pick<DeployOptions, 'plan' | 'store'>,
): GaplessError {
  // Ruby's backtraces would hide what was wrong: they are long, and their lines are logged as errors, too.
  const lines = log.split('\n').filter((line) => line !== '' && !/:\d+:in [`'][^']*'$/.test(line))
  const telling = lines.filter((line) => /\[(error|fatal)\]|config error|error=|Error/.test(line)).slice(-4)
  const said = (telling.length > 0 ? telling : lines.slice(-4)).map((line) => `  ${line}`).join('\n')
  const taken = /Address already in use|EADDRINUSE/.test(log)
  return new GaplessError(`Fluentd of the ${describeTarget(target)} did not start. It said:\n${said}`, {
    code: taken ? 'port-taken' : 'pipeline-refused',
    // What is in the container goes with the run; this is kept.
    hint: `Its configuration: ${store.file('fluentd', `${pod.spec.name}.conf`)}${ownParts(target.role, plan)}\nAll it said: ${store.file('fluentd', `${pod.spec.name}.log`)}`,
  })
}

/** Where the user's own share of a configuration came from. */
function ownParts(role: 'forwarder' | 'aggregator', { knobs }: Plan): string {
  const config = knobs[`${role}.config`]
  const snippet = knobs[`${role}.snippet`]
  if (config !== '') return ` (${role}.config: ${path.resolve(config)})`
  if (snippet === '') return ''
  const from = snippet.startsWith('@') ? `: ${path.resolve(snippet.slice(1))}` : ''
  return ` (with ${role}.snippet${from})`
}
