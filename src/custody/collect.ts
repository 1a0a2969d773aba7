import path from 'node:path'
import { bufferPath, positionPath, rootPath, secondaryPath } from '../pipeline/buffer.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { describeTarget, type PodTarget } from '../scenario/target.js'
import { type BufferStatus } from '../pipeline/monitor.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { filesBelow, nodeLogFiles } from './node-log.js'
import { scanFile, type FoundRanges } from './scan-file.js'

/** Lines that a station still holds when the run is over; custody.json is a list of these. */
export interface Holding {
  readonly station: string
  readonly streams: Readonly<Record<string, readonly (readonly [first: number, last: number])[]>>
}

/** Looks into every station of the pipeline for lines of this run. Nothing may move meanwhile. */
export async function collectCustody(
  plan: Plan,
  cluster: Cluster,
  podOf: (target: PodTarget) => Pod,
): Promise<Holding[]> {
  const holdings = await Promise.all([
    ...plan.nodes.map((node) => unreadNodeLog(plan, node, cluster, podOf({ role: 'forwarder', node }))),
    ...fluentdsOf(plan).flatMap((target) => stateStations(plan, target, podOf(target))),
  ])
  return holdings.filter(({ streams }) => Object.keys(streams).length > 0)
}

/**
 * What a forwarder has not read yet by its own account. Without a position file there is no account: nothing
 * would bring the pipeline to read those lines, so none of them counts as held.
 */
async function unreadNodeLog(plan: Plan, node: string, cluster: Cluster, forwarder: Pod): Promise<Holding> {
  const found: FoundRanges = new Map()
  if (plan.knobs['forwarder.posFile']) {
    const logs = await nodeLogFiles(cluster.nodeRoot(node), forwarder.resolve(positionPath))
    for (const log of logs) {
      if (log.readBytes < log.bytes) await scanFile(plan.runToken, log.file, log.readBytes, found)
    }
  }
  return { station: `node log on ${node}, not read by the forwarder`, streams: Object.fromEntries(found) }
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
  for (const file of await filesBelow(directory)) await scanFile(run, file, 0, found)
  return found
}
