import { type CollectorClient } from '../collector/client.js'
import { type CollectorState } from '../collector/protocol.js'
import { type Endpoints } from '../pipeline/endpoints.js'
import { bufferStatus, type BufferStatus } from '../pipeline/monitor.js'
import { type Condition, type Observed } from '../scenario/condition.js'
import { type Plan } from '../scenario/plan.js'
import { type PodTarget } from '../scenario/target.js'

/** Looks at a run that goes on: the collector's state and Fluentd's own. */
export interface Observer {
  state(): Promise<CollectorState>
  buffer(target: PodTarget): Promise<BufferStatus | null>
  holds(condition: Exclude<Condition, { on: 'elapsed' }>): Promise<boolean>
}

export function createObserver(plan: Plan, collector: CollectorClient, endpoints: Endpoints): Observer {
  const buffer = async (target: PodTarget) => {
    const endpoint =
      target.role === 'aggregator' ? endpoints.aggregatorMonitor : endpoints.forwarderMonitors[target.node]
    return endpoint ? bufferStatus(endpoint) : null
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
      bufferedBytes: async (target) => (await buffer(target))?.bytes ?? null,
    }
  }
  return {
    state: () => collector.state(),
    buffer,
    holds: async (condition) => holds(condition, await observe()),
  }
}

async function holds(condition: Condition, observed: Observed): Promise<boolean> {
  switch (condition.on) {
    case 'sent':
    case 'delivered': {
      const byNode = condition.on === 'sent' ? observed.sentByNode : observed.deliveredByNode
      const lines = condition.node === undefined ? observed[condition.on] : (byNode[condition.node] ?? 0)
      return lines >= condition.lines
    }
    case 'buffered':
      return ((await observed.bufferedBytes(condition.target)) ?? 0) > 0
    case 'buffered-beyond-held':
      return ((await observed.bufferedBytes({ role: 'aggregator' })) ?? 0) > observed.bytesHeld
    case 'collector-holds':
      return observed.requestsHeld >= condition.requests
    case 'all':
      return (await Promise.all(condition.of.map((part) => holds(part, observed)))).every(Boolean)
    case 'custom':
      return condition.holds(observed)
    case 'elapsed':
      throw new TypeError('a time is waited for, not observed')
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
