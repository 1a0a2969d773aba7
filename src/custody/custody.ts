import { type Plan } from '../scenario/plan.js'
import { type EvidenceIndex } from './evidence.js'
import { scanFile, type FoundRanges } from './scan-file.js'

/** Inclusive ranges of numbers by stream token, as they were found: in any order, perhaps overlapping. */
export type StreamRanges = Readonly<Record<string, readonly (readonly [first: number, last: number])[]>>

/** Lines that a station still holds when the run is over. */
export interface Holding {
  readonly station: string
  readonly streams: StreamRanges
}

/** Where the lines of a run were found in the pipeline when nothing moved any more. */
export interface Custody {
  /** In the order of the pipeline. */
  readonly held: readonly Holding[]
  /** In the container logs that the nodes still had, read or not. */
  readonly logged: StreamRanges
  /** Read by in_tail, by its position files; null where it keeps none. */
  readonly read: StreamRanges | null
}

/** The station that is the rest of a node's logs, behind what the position file says. */
export const unreadLogOf = (node: string) => `node log on ${node}, not read by the forwarder`

/** Finds the lines of a run in the evidence that was kept of it, by scanning bytes. `resolve` gives a file's path. */
export async function takeCustody(
  plan: Pick<Plan, 'runToken' | 'streams' | 'load'>,
  evidence: EvidenceIndex,
  resolve: (file: string) => string,
): Promise<Custody> {
  const { runToken } = plan
  const logged: FoundRanges = new Map()
  const read: FoundRanges = new Map()
  const held = new Map<string, FoundRanges>()
  const holdings = (station: string) => {
    const ranges = held.get(station) ?? new Map<string, [number, number][]>()
    held.set(station, ranges)
    return ranges
  }
  for (const { node, file, bytes, readBytes } of evidence.logs) {
    const path = resolve(file)
    await scanFile(runToken, path, { toByte: bytes, cri: true }, logged)
    // Without a position file nothing would bring the pipeline to read a line, so none of them counts as held.
    if (readBytes === null) continue
    if (readBytes > 0) await scanFile(runToken, path, { toByte: readBytes, cri: true }, read)
    if (readBytes < bytes) {
      const unread = { fromByte: readBytes, toByte: bytes, cri: true }
      await scanFile(runToken, path, unread, holdings(unreadLogOf(node)))
    }
  }
  for (const { station, file, bytes } of evidence.states) {
    await scanFile(runToken, resolve(file), { toByte: bytes }, holdings(station))
  }
  const files = [...held].map(([station, streams]) => ({ station, streams: Object.fromEntries(streams) }))
  const anyLine: StreamRanges = Object.fromEntries(
    plan.streams.map(({ stream }) => [stream, [[1, plan.load.lines]]]),
  )
  // A line that is in a file is not in memory, so memory comes first: a line counts at the last of its stations.
  const memory = evidence.memory.map(({ station }) => ({ station, streams: anyLine }))
  return {
    held: [...memory, ...files].filter(({ streams }) => Object.keys(streams).length > 0),
    logged: Object.fromEntries(logged),
    read: evidence.logs.some(({ readBytes }) => readBytes !== null) ? Object.fromEntries(read) : null,
  }
}
