import { type CollectorClient } from '../collector/client.js'
import { type CollectorState } from '../collector/protocol.js'
import { type Endpoints } from '../testbed/endpoints.js'
import { workersOf } from '../pipeline/common-config.js'
import { configFileOf } from '../pipeline/fluentd-pod.js'
import { bufferStatus, type BufferStatus } from '../pipeline/monitor.js'
import { type Observed } from '../scenario/condition.js'
import { fluentdsMeant, type Plan } from '../scenario/plan.js'
import { type FluentdTarget, type PodTarget } from '../scenario/target.js'
import { type Pod } from '../testbed/contract.js'

/** Looks at a run that goes on: the collector's state and Fluentd's own. */
export interface Observer {
  state(): Promise<CollectorState>
  buffer(target: FluentdTarget): Promise<BufferStatus | null>
  /** What conditions are predicates over. */
  observe(): Promise<Observed>
}

export interface ObserverOptions {
  readonly plan: Plan
  readonly collector: CollectorClient
  readonly endpoints: Endpoints
  readonly podOf: (target: FluentdTarget) => Pod
}

export function createObserver({ plan, collector, endpoints, podOf }: ObserverOptions): Observer {
  const buffer = async (target: FluentdTarget) => {
    const endpoint =
      target.role === 'aggregator' ? endpoints.aggregatorMonitor : endpoints.forwarderMonitors[target.node]
    const pod = podOf(target)
    const workers = workersOf(configFileOf(pod.spec))
    return endpoint ? bufferStatus(pod, endpoint, workers) : null
  }
  const bufferedBytes = async (target: PodTarget) => {
    const statuses = await Promise.all(fluentdsMeant(target, plan).map(buffer))
    const answers = statuses.filter((status) => status !== null)
    return answers.length === 0 ? null : answers.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  const observe = async (): Promise<Observed> => {
    const state = await collector.state()
    const perNode = (count: 'sent' | 'delivered') =>
      Object.fromEntries(plan.nodes.map((node) => [node, linesOf(plan, state, count, node)]))
    return {
      sent: linesOf(plan, state, 'sent'),
      delivered: linesOf(plan, state, 'delivered'),
      sentByNode: perNode('sent'),
      deliveredByNode: perNode('delivered'),
      requestsHeld: state.held.length,
      bytesHeld: state.held.reduce((bytes, request) => bytes + request.bytes, 0),
      bufferedBytes,
    }
  }
  return {
    state: () => collector.state(),
    buffer,
    observe,
  }
}

/** Lines over all streams, or over those of one node. */
export function linesOf(
  plan: Plan,
  state: CollectorState,
  count: 'sent' | 'delivered',
  node?: string,
): number {
  return plan.streams
    .filter((planned) => node === undefined || planned.node === node)
    .reduce((lines, { stream }) => lines + (state.streams[stream]?.[count] ?? 0), 0)
}
