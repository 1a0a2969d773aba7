import path from 'node:path'
import { bufferPath, positionPath, rootPath, secondaryPath } from '../pipeline/buffer.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { describeTarget, type PodTarget } from '../scenario/target.js'
import { type BufferStatus } from '../pipeline/monitor.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { filesBelow, nodeLogFiles } from './node-log.js'
import { scanFile, type FoundRanges } from './scan-file.js'

/** Inclusive ranges of numbers by stream token. */
export type StreamRanges = Readonly<Record<string, readonly (readonly [first: number, last: number])[]>>

/** Lines that a station still holds when the run is over. */
export interface Holding {
  readonly station: string
  readonly streams: StreamRanges
}

/** custody.json: what was found in the pipeline when nothing moved any more. */
export interface Custody {
  readonly held: readonly Holding[]
  /** In the container logs that the nodes still had, read or not. */
  readonly logged: StreamRanges
  /** Read by in_tail, by its position files; null where it keeps none. */
  readonly read: StreamRanges | null
}

/** Looks into every station of the pipeline for lines of this run. Nothing may move meanwhile. */
export async function collectCustody(
  plan: Plan,
  cluster: Cluster,
  podOf: (target: PodTarget) => Pod,
): Promise<Custody> {
  const logs = await Promise.all(
    plan.nodes.map((node) => nodeLogs(plan, node, cluster, podOf({ role: 'forwarder', node }))),
  )
  const states = await Promise.all(
    fluentdsOf(plan).flatMap((target) => stateStations(plan, target, podOf(target))),
  )
  return {
    held: [...logs.map(({ unread }) => unread), ...states].filter(
      ({ streams }) => Object.keys(streams).length > 0,
    ),
    logged: mergeRanges(logs.map(({ logged }) => logged)),
    read: plan.knobs['forwarder.posFile'] ? mergeRanges(logs.map(({ read }) => read)) : null,
  }
}

/**
 * The logs of a node, and how far the forwarder has read them by its own account. Without a position file there is
 * no account: nothing would bring the pipeline to read those lines, so none of them counts as held.
 */
async function nodeLogs(plan: Plan, node: string, cluster: Cluster, forwarder: Pod) {
  const logged: FoundRanges = new Map()
  const read: FoundRanges = new Map()
  const unread: FoundRanges = new Map()
  const hasPositions = plan.knobs['forwarder.posFile']
  const files = await nodeLogFiles(cluster.nodeRoot(node), forwarder.resolve(positionPath))
  for (const { file, bytes, readBytes } of files) {
    await scanFile(plan.runToken, file, {}, logged)
    if (hasPositions && readBytes > 0) await scanFile(plan.runToken, file, { toByte: readBytes }, read)
    if (hasPositions && readBytes < bytes)
      await scanFile(plan.runToken, file, { fromByte: readBytes }, unread)
  }
  return {
    logged: Object.fromEntries(logged),
    read: Object.fromEntries(read),
    unread: {
      station: `node log on ${node}, not read by the forwarder`,
      streams: Object.fromEntries(unread),
    },
  }
}

function mergeRanges(parts: readonly StreamRanges[]): StreamRanges {
  const merged: Record<string, (readonly [number, number])[]> = {}
  for (const part of parts) {
    for (const [stream, ranges] of Object.entries(part)) (merged[stream] ??= []).push(...ranges)
  }
  return merged
}

/**
 * A memory buffer cannot be read from outside. One that Fluentd says is not empty may hold any line that is found
 * nowhere else; that is what is said of it, and those lines are not called lost.
 */
export async function memoryHoldings(
  plan: Plan,
  statusOf: (target: PodTarget) => Promise<BufferStatus | null>,
): Promise<Holding[]> {
  const targets = fluentdsOf(plan).filter(({ role }) => plan.knobs[`${role}.buffer`] === 'memory')
  const holdings = await Promise.all(
    targets.map(async (target): Promise<Holding | undefined> => {
      const bytes = (await statusOf(target))?.bytes ?? 0
      if (bytes === 0) return undefined
      const station = `memory buffer of the ${describeTarget(target)} (${String(bytes)} bytes, which lines is not known)`
      return {
        station,
        streams: Object.fromEntries(plan.streams.map(({ stream }) => [stream, [[1, plan.load.lines]]])),
      }
    }),
  )
  return holdings.filter((holding) => holding !== undefined)
}

function stateStations(plan: Plan, target: PodTarget, pod: Pod): Promise<Holding>[] {
  const places = [
    { name: 'buffer', directory: bufferPath },
    { name: 'secondary', directory: secondaryPath },
    { name: 'backup of bad chunks', directory: path.posix.join(rootPath, 'backup') },
  ]
  return places.map(async ({ name, directory }) => ({
    station: `${name} of the ${describeTarget(target)}`,
    streams: Object.fromEntries(await scanDirectory(plan.runToken, pod.resolve(directory))),
  }))
}

export async function scanDirectory(run: string, directory: string): Promise<FoundRanges> {
  const found: FoundRanges = new Map()
  for (const file of await filesBelow(directory)) await scanFile(run, file, {}, found)
  return found
}
