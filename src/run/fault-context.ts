import { readFile, writeFile } from 'node:fs/promises'
import { type CollectorClient } from '../collector/client.js'
import { type Keeper } from '../custody/keeper.js'
import { type FaultContext } from '../faults/fault.js'
import { bufferPath, statePath } from '../pipeline/buffer.js'
import { configPath } from '../pipeline/fluentd-pod.js'
import { type Knobs } from '../scenario/knobs.js'
import { fluentdsMeant, type Plan } from '../scenario/plan.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type Cluster } from '../testbed/contract.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { type WireClient } from '../wire/client.js'
import { type Deployment } from './deploy.js'
import { holdings } from './held.js'
import { type Observer } from './observer.js'

export interface FaultContextParts {
  readonly plan: Plan
  readonly cluster: Cluster
  readonly collector: CollectorClient
  readonly wire: WireClient | null
  readonly endpoints: Endpoints
  readonly observer: Observer
  readonly deployment: Deployment
  readonly keeper: Keeper
  /** The text of Fluentd's configuration file with these knobs; `${ROOT}` stands for the container's root. */
  readonly configOf: (target: FluentdTarget, knobs: Knobs) => string
  readonly signal: AbortSignal
}

/** What faults may touch and look at, of one run. */
export function createFaultContext(parts: FaultContextParts): FaultContext {
  const { plan, cluster, collector, wire, endpoints, observer, deployment, keeper, signal } = parts
  const { podOf, apps } = deployment
  const held = holdings(plan, cluster)
  return {
    cluster,
    collector,
    wire,
    endpoints,
    fluentds: (target) => fluentdsMeant(target, plan),
    pod: podOf,
    changeConfig: async (target, knobs) => {
      const file = podOf(target).resolve(configPath)
      const before = await readFile(file, 'utf8')
      const root = file.slice(0, -configPath.length)
      const after = parts.configOf(target, { ...plan.knobs, ...knobs }).replaceAll('${ROOT}', () => root)
      await writeFile(file, after)
      return { before, after }
    },
    secondAggregator: deployment.secondAggregator,
    apps: (node) => apps.filter((pod) => pod.spec.node === node),
    heldIn: held.inFiles,
    heldBelow: held.below,
    keepLog: keeper.keepLog,
    keepState: keeper.keepState,
    keepVolume: keeper.keepVolume,
    stateDirectory: (target) => podOf(target).resolve(statePath),
    linesInBufferFiles: async (target) => {
      if (plan.knobs[`${target.role}.buffer`] === 'memory') return null
      return (await held.byPod(podOf(target), bufferPath)).lines
    },
    bufferedBytes: async (target) => (await observer.buffer(target))?.bytes ?? null,
    state: () => observer.state(),
    nowMs: () => Date.now(),
    signal,
  }
}
