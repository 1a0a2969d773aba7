import { setTimeout as sleep } from 'node:timers/promises'
import { nodeLogFiles } from '../custody/node-log.js'
import { positionPath } from '../pipeline/buffer.js'
import { durationMs } from '../scenario/duration.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { describeTarget, type PodTarget } from '../scenario/target.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { type WireClient } from '../wire/client.js'
import { linesOf, type Observer } from './observer.js'

export interface DrainOptions {
  readonly plan: Plan
  readonly cluster: Cluster
  readonly observer: Observer
  /** The tap; null where there is none. */
  readonly wire: WireClient | null
  readonly podOf: (target: PodTarget) => Pod
  readonly signal: AbortSignal
  readonly onPoll?: () => Promise<void>
}

export interface Drain {
  readonly drained: boolean
  readonly why: string
}

/**
 * Waits until nothing moves any more. Drained is what evidence says: every log file read to its end, every buffer
 * empty, no request under way, and then either everything sent has arrived or nothing has arrived for longer than
 * the pipeline could take to show a line that is still on its way. At the deadline it says what still moved.
 */
export async function drain(options: DrainOptions): Promise<Drain> {
  const { plan, signal, observer, onPoll } = options
  const flatMs = flatTimeMs(plan)
  const deadlineMs = performance.now() + plan.drainDeadlineMs
  let stillSinceMs: number | undefined
  let arrivals = -1
  for (;;) {
    signal.throwIfAborted()
    await onPoll?.()
    const moving = await whatMoves(options)
    const state = await observer.state()
    const complete = linesOf(plan, state, 'delivered') >= linesOf(plan, state, 'sent')
    if (moving.length > 0 || state.requests !== arrivals) stillSinceMs = undefined
    arrivals = state.requests
    if (moving.length === 0) {
      if (complete)
        return { drained: true, why: 'every line arrived, every buffer is empty, no request is under way' }
      stillSinceMs ??= performance.now()
      if (performance.now() - stillSinceMs >= flatMs) {
        return {
          drained: true,
          why: `logs are read to their end, buffers are empty, and nothing arrived for ${String(flatMs / 1000)} s`,
        }
      }
    }
    if (performance.now() > deadlineMs) {
      const seconds = String(plan.drainDeadlineMs / 1000)
      return {
        drained: false,
        why: `not drained after ${seconds} s: ${moving.join(', ') || 'lines still arrived'}`,
      }
    }
    await sleep(100, undefined, { signal })
  }
}

/** Twice what a line takes through both hops when nothing is wrong, and a second for good measure. */
function flatTimeMs(plan: Plan): number {
  const { knobs } = plan
  const flushMs = durationMs(knobs['forwarder.flushInterval']) + durationMs(knobs['aggregator.flushInterval'])
  return Math.max(ownConfig(plan) ? 15_000 : 3000, 2 * flushMs + 1000)
}

function ownConfig({ knobs }: Plan): boolean {
  return knobs['forwarder.config'] !== '' || knobs['aggregator.config'] !== ''
}

async function whatMoves({ plan, cluster, observer, wire, podOf }: DrainOptions): Promise<string[]> {
  const state = await observer.state()
  const found = await Promise.all([
    ...fluentdsOf(plan).map(async (target) => {
      const status = await observer.buffer(target)
      // A configuration of the user's own may have no monitor_agent; then a longer silence has to do.
      if (status === null) return !ownConfig(plan) && `the ${describeTarget(target)} does not answer`
      return (
        status.bytes > 0 && `the ${describeTarget(target)} has ${String(status.bytes)} bytes in its buffer`
      )
    }),
    ...plan.nodes.map(async (node) => {
      if (!plan.knobs['forwarder.posFile']) return false
      const positions = podOf({ role: 'forwarder', node }).resolve(positionPath)
      const logs = await nodeLogFiles(cluster.nodeRoot(node), positions)
      const unread = logs
        .filter(({ followed }) => followed)
        .reduce((bytes, log) => bytes + log.bytes - log.readBytes, 0)
      return unread > 0 && `the forwarder on ${node} has ${String(unread)} bytes of logs to read`
    }),
  ])
  const onTheWire = Object.values((await wire?.state())?.nodes ?? {}).reduce(
    (bytes, { waitingBytes }) => bytes + waitingBytes,
    0,
  )
  return [
    state.inFlight > 0 && `${String(state.inFlight)} requests are under way`,
    onTheWire > 0 && `${String(onTheWire)} bytes are on the wire`,
    ...found,
  ].filter((what) => typeof what === 'string')
}
