import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { type ForwarderResult } from '../store/result.js'
import { endsOf, forwarderPod, isStartOf } from '../verdict/incidents.js'
import { phaseStart, timeOf } from './from-events.js'

/**
 * How the containers of each node's forwarder ended from the load on until the pipeline had drained: what comes later
 * is the end of the run. Of nodes whose forwarder nobody saw start, nothing is said.
 */
export function forwardersOf({ nodes }: Pick<Plan, 'nodes'>, events: readonly RunEvent[]): ForwarderResult[] {
  const loadMs = phaseStart(events, 'load')
  if (loadMs === null) return []
  const untilMs = timeOf(events, 'drain-ended') ?? phaseStart(events, 'custody') ?? Infinity
  const inTime = events.filter(({ atMs }) => atMs <= untilMs)
  const seen = nodes.filter((node) => inTime.some((event) => isStartOf(event, forwarderPod(node))))
  return seen.map((node) => ({
    node,
    ends: endsOf('forwarder', { node, events: inTime, faults: [] })
      .filter(({ atMs }) => atMs >= loadMs)
      .map(({ how, atMs, startedAtMs }) => ({ how, atMs, backAtMs: startedAtMs })),
  }))
}
