import path from 'node:path'
import { GaplessError } from '../errors.js'
import { aggregatorPod } from '../pipeline/aggregator.js'
import { freeEndpoints } from '../pipeline/addresses.js'
import { appPod } from '../pipeline/app.js'
import { type Endpoints } from '../pipeline/endpoints.js'
import { type FluentdProgram } from '../pipeline/fluentd-pod.js'
import { forwarderPod } from '../pipeline/forwarder.js'
import { type Plan } from '../scenario/plan.js'
import { type RunDirectory } from '../store/run-directory.js'
import { describeTarget, type PodTarget } from '../scenario/target.js'
import { type Cluster, type Pod, type PodSpec } from '../testbed/contract.js'
import { until } from '../until.js'

export interface Deployment {
  readonly apps: readonly Pod[]
  podOf(target: PodTarget): Pod
  /** Another aggregator for the node and the claim of the first, not created yet; it has addresses of its own. */
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
  const create = async (target: PodTarget, pod: Promise<Pod>) => {
    pods.set(describeTarget(target), await pod)
    await fluentdReady(target, await pod, options)
  }
  const apps = Promise.all(
    plan.streams.map(({ stream, node, pod }) =>
      cluster.createPod(
        appPod({ name: pod, node, run: plan.runToken, stream, seed: plan.seed, ...plan.load }, endpoints),
      ),
    ),
  )
  const aggregator = plan.aggregator
    ? create(
        { role: 'aggregator' },
        cluster.createPod(aggregatorPod(plan.knobs, plan.aggregatorNode, endpoints, fluentd)),
      )
    : undefined
  const [created] = await Promise.all([apps, aggregator])
  await Promise.all(
    plan.nodes.map((node) =>
      create(
        { role: 'forwarder', node },
        cluster.createPod(forwarderPod(plan.knobs, node, endpoints, fluentd)),
      ),
    ),
  )
  const podOf = (target: PodTarget) => {
    const pod = pods.get(describeTarget(target))
    if (pod) return pod
    throw new GaplessError(`there is no ${describeTarget(target)} in this pipeline`, {
      code: 'scenario-invalid',
      hint: `Its nodes are ${plan.nodes.join(', ')}.`,
    })
  }
  const secondAggregator = async () => {
    const { spec } = podOf({ role: 'aggregator' })
    const [aggregator, aggregatorMonitor] = await freeEndpoints(endpoints.aggregator.host, 2)
    if (!aggregator || !aggregatorMonitor) throw new TypeError('freeEndpoints gave too few')
    const addresses = { ...endpoints, aggregator, aggregatorMonitor }
    return {
      ...aggregatorPod(plan.knobs, spec.node, addresses, fluentd),
      name: `${spec.name}-second-${Date.now().toString(36)}`,
    }
  }
  return { apps: created, podOf, secondAggregator }
}

/** Waits until Fluentd says that its worker runs; an end before that is what it said, as an error. */
export async function fluentdReady(
  target: PodTarget,
  pod: Pod,
  { plan, store, signal }: Pick<DeployOptions, 'plan' | 'store' | 'signal'>,
): Promise<void> {
  await until(`Fluentd of the ${describeTarget(target)} to run`, {
    timeoutMs: 60_000,
    signal,
    poll: async () => {
      const log = await pod.logs({ maxBytes: 64 * 1024 })
      if (log.includes('fluentd worker is now running')) return true
      const status = await pod.status()
      const refused = status.restartCount > 0 || status.state !== 'running'
      if (refused || /Worker \d+ exited unexpectedly/.test(log))
        throw pipelineRefused(target, pod, log, { plan, store })
      return undefined
    },
  })
}

function pipelineRefused(
  target: PodTarget,
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
