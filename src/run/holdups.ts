import { nodeLogFiles } from '../custody/node-log.js'
import { positionFilesOf } from '../custody/position-file.js'
import { type CollectorState } from '../collector/protocol.js'
import { type BufferStatus } from '../pipeline/monitor.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { describeTarget, type FluentdTarget } from '../scenario/target.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { type WireClient } from '../wire/client.js'
import { countsBytesOfNothing } from './buffered-nothing.js'
import { neverBack } from './gone-nodes.js'
import { type Observer } from './observer.js'
import { counted } from '../words.js'

/** Something because of which a run is not drained. */
export interface Holdup {
  readonly what: string
  /**
   * unseen: it may hold lines that nobody can look into. stuck: it cannot move any more, provably. Otherwise what it
   * holds is in files, or Fluentd says that it is in memory.
   */
  readonly kind: 'seen' | 'unseen' | 'stuck'
  /** It does nothing before then. */
  readonly untilMs?: number
}

export interface HoldupOptions {
  readonly plan: Plan
  readonly cluster: Cluster
  readonly observer: Observer
  /** The tap; null where there is none. */
  readonly wire: WireClient | null
  readonly podOf: (target: FluentdTarget) => Pod
  /** Nodes that are gone for good. */
  readonly gone: ReadonlySet<string>
}

/** Everything that is still in the way, and how each Fluentd is set, as far as they answer. */
export interface Holdups {
  readonly all: readonly Holdup[]
  readonly statuses: readonly (BufferStatus & { readonly role: FluentdTarget['role'] })[]
}

export async function findHoldups(options: HoldupOptions, state: CollectorState): Promise<Holdups> {
  const { plan, observer, wire, gone } = options
  const lasting = fluentdsOf(plan).filter((target) => !neverBack(target, options))
  const buffers = await Promise.all(
    lasting.map(async (target) => {
      const status = await observer.buffer(target)
      return {
        status: status && { ...status, role: target.role },
        holdup: await ofBuffer(target, status, options),
      }
    }),
  )
  const former = (await Promise.all(fluentdsOf(plan).map((target) => ofFormer(target, options)))).flat()
  const left = plan.nodes.filter((node) => !gone.has(node))
  const logs = await Promise.all(left.map((node) => ofLogs(node, options)))
  const wires = Object.values((await wire?.state())?.nodes ?? {})
  const onTheWire = wires.reduce((bytes, { waitingBytes }) => bytes + waitingBytes, 0)
  // Lines in an aggregator's sockets, or at its filters, are in no buffer that it could tell of.
  const unfinished = wires.reduce((connections, node) => connections + node.unfinished, 0)
  const writing = plan.streams.filter(
    ({ stream, node }) => !gone.has(node) && state.streams[stream]?.idle === false,
  )
  const all: (Holdup | undefined)[] = [
    ...[...gone].map((node): Holdup => ({
      what: `what is on ${node}, which is off for good`,
      kind: 'stuck',
    })),
    ...writing.map(({ stream }): Holdup => ({ what: `stream ${stream} is still writing`, kind: 'seen' })),
    state.inFlight > 0
      ? { what: `${counted(state.inFlight, 'request')} under way`, kind: 'unseen' }
      : undefined,
    onTheWire > 0 ? { what: `${counted(onTheWire, 'byte')} on the wire`, kind: 'unseen' } : undefined,
    unfinished > 0
      ? { what: `the aggregator has not finished ${counted(unfinished, 'connection')}`, kind: 'unseen' }
      : undefined,
    ...buffers.map(({ holdup }) => holdup),
    ...former,
    ...logs,
  ]
  return {
    all: all.filter((holdup) => holdup !== undefined),
    statuses: buffers.flatMap(({ status }) => status ?? []),
  }
}

function noAggregatorComes(options: HoldupOptions): boolean {
  const aggregators = fluentdsOf(options.plan).filter(({ role }) => role === 'aggregator')
  return aggregators.length > 0 && aggregators.every((target) => neverBack(target, options))
}

async function ofBuffer(
  target: FluentdTarget,
  status: BufferStatus | null,
  options: HoldupOptions,
): Promise<Holdup | undefined> {
  const { podOf } = options
  const name = describeTarget(target)
  // What it holds is for custody to say, which knows whether it ran.
  if (status === null) return { what: `the ${name} does not answer`, kind: 'seen' }
  const { bytes, nextRetryAtMs } = status
  if (bytes === 0) return undefined
  if (await countsBytesOfNothing(podOf(target), status)) {
    const what = `the ${name} counts ${counted(bytes, 'byte')} in its buffer, of no chunk that it still has`
    return { what, kind: 'stuck' }
  }
  const held = `the ${name} has ${counted(bytes, 'byte')} in its buffer`
  if (target.role === 'forwarder' && noAggregatorComes(options)) {
    return { what: `${held}, for an aggregator that is gone for good`, kind: 'stuck' }
  }
  return {
    what: held,
    kind: 'seen',
    ...(nextRetryAtMs !== null && { untilMs: nextRetryAtMs }),
  }
}

/** Another pod has its place already, and it is still at work. */
async function ofFormer(target: FluentdTarget, { podOf }: HoldupOptions): Promise<Holdup[]> {
  const running = await Promise.all(
    podOf(target)
      .former()
      .map(async (pod) => ((await pod.runs()) ? [pod] : [])),
  )
  const name = describeTarget(target)
  return running
    .flat()
    .map((pod) => ({ what: `a former pod of the ${name}, ${pod.name}, still runs`, kind: 'seen' }))
}

async function ofLogs(node: string, { plan, cluster, podOf }: HoldupOptions): Promise<Holdup | undefined> {
  const positions = await positionFilesOf(plan, podOf({ role: 'forwarder', node }), cluster)
  if (positions === null) return undefined
  const logs = await nodeLogFiles(plan, cluster, node, positions)
  const unread = logs
    .filter(({ followed }) => followed)
    .reduce((bytes, log) => bytes + log.bytes - log.readBytes, 0)
  if (unread === 0) return undefined
  return { what: `the forwarder on ${node} has ${counted(unread, 'byte')} of logs to read`, kind: 'seen' }
}
