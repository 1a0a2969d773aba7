import { RangeSet } from '../account/range-set.js'
import { type Plan } from '../scenario/plan.js'
import { type EvidenceIndex, type GoneFile, type LogEvidence } from './evidence.js'
import { scanFile, scanLog, type FoundRanges } from './scan-file.js'

/** Inclusive ranges of numbers by stream token, as they were found: in any order, perhaps overlapping. */
export type StreamRanges = Readonly<Record<string, readonly (readonly [first: number, last: number])[]>>

/** Lines that a station still holds when the run is over. */
export interface Holding {
  readonly station: string
  readonly streams: StreamRanges
  /** Nobody could look into it: these lines, if they are nowhere else, may be there. */
  readonly perhaps?: boolean
}

/** Lines that a station held once, in files that are gone. */
export interface FormerHolding extends Holding {
  readonly of: 'node log' | 'forwarder' | 'aggregator'
  readonly gone: GoneFile
}

/** Where the lines of a run were found in the pipeline when nothing moved any more, and where they had been. */
export interface Custody {
  /** In the order of the pipeline. */
  readonly held: readonly Holding[]
  readonly formerly: readonly FormerHolding[]
  /** In the container logs that the nodes had, read or not, removed ones included. */
  readonly logged: StreamRanges
  /** Read by in_tail, by its position files; null where it keeps none. */
  readonly read: StreamRanges | null
  /** In a removed part of a log of which it is not known whether in_tail had read it. */
  readonly perhapsRead: StreamRanges
  /** In a log that is there, in a part that in_tail passed over: it will not come back to it. */
  readonly skipped: StreamRanges
  readonly positionsGone: NonNullable<EvidenceIndex['positionsGone']>
}

type LogOf = Pick<LogEvidence, 'node' | 'nodeIsOff'>

/** The station that is the rest of a node's logs, behind what the position file says. */
export const unreadLogOf = (log: LogOf) => `node log on ${log.node}, not read by the forwarder${reach(log)}`
/** The same where in_tail may have read further than the position file says. */
export const perhapsReadLogOf = (log: LogOf) =>
  `node log on ${log.node} (whether the forwarder had read them is not known)${reach(log)}`
const reach = ({ node, nodeIsOff }: LogOf) => (nodeIsOff === true ? outOfReach(node) : '')

/** Behind the name of a station: it is there, and nothing of the pipeline gets at it. */
export const outOfReach = (node: string) => `, on the disk of ${node}, which is off`

export interface CustodyInput {
  readonly plan: Pick<Plan, 'runToken' | 'streams' | 'load'>
  readonly evidence: EvidenceIndex
  /** Gives the path of a file that the evidence names. */
  readonly resolve: (file: string) => string
  /** Lines of a stream that were seen behind the forwarder: on the wire, at the destination. */
  readonly beyond?: (stream: string) => RangeSet
}

/** Finds the lines of a run in the evidence that was kept of it, by scanning bytes. */
export async function takeCustody(input: CustodyInput): Promise<Custody> {
  const { plan, evidence, resolve } = input
  const held = holdings()
  const former = formerHoldings()
  const beyond = new Map<string, RangeSet>()
  for (const { station, file, bytes, gone } of evidence.states) {
    const found = await scanFile(plan.runToken, resolve(file), bytes)
    for (const [stream, ranges] of found) {
      beyond.set(stream, RangeSet.of(ranges).union(beyond.get(stream) ?? new RangeSet()))
    }
    if (gone === undefined) held.add(station, found)
    else former.add(station.includes('aggregator') ? 'aggregator' : 'forwarder', station, gone, found)
  }
  const seenBeyond = (stream: string) =>
    (beyond.get(stream) ?? new RangeSet()).union(input.beyond?.(stream) ?? new RangeSet())
  const logs = await scanLogs(input, seenBeyond)
  const anyLine: StreamRanges = Object.fromEntries(
    plan.streams.map(({ stream }) => [stream, [[1, plan.load.lines]]]),
  )
  // A line that is in a file is not in memory, so memory comes first: a line counts at the last of its stations.
  const memory = evidence.memory.map(({ station, among }) => ({
    station,
    streams: among === 'crossed' ? crossed(plan, input.beyond) : anyLine,
    perhaps: true,
  }))
  return {
    held: [...memory, ...logs.held, ...held.list()],
    formerly: [...logs.formerly, ...former.list()],
    logged: Object.fromEntries(logs.logged),
    read: evidence.logs.some(({ readBytes }) => readBytes !== null) ? Object.fromEntries(logs.read) : null,
    perhapsRead: Object.fromEntries(logs.perhapsRead),
    skipped: Object.fromEntries(logs.skipped),
    positionsGone: evidence.positionsGone ?? [],
  }
}

/** What was seen behind the forwarders. */
function crossed({ streams }: CustodyInput['plan'], beyond: CustodyInput['beyond']): StreamRanges {
  return Object.fromEntries(streams.map(({ stream }) => [stream, beyond?.(stream).ranges() ?? []]))
}

async function scanLogs(
  { plan, evidence, resolve }: CustodyInput,
  seenBeyond: (stream: string) => RangeSet,
): Promise<LogsCustody> {
  const logs = {
    logged: new Map() as FoundRanges,
    read: new Map() as FoundRanges,
    perhapsRead: new Map() as FoundRanges,
    skipped: new Map() as FoundRanges,
  }
  const held = holdings()
  const former = formerHoldings()
  for (const log of evidence.logs) {
    const { node, gone } = log
    const { dividedAt, kinds } = divide(log)
    const parts = await scanLog(plan.runToken, resolve(log.file), log.bytes, dividedAt)
    const found: Record<Kind, FoundRanges> = {
      unknown: new Map(),
      read: new Map(),
      skipped: new Map(),
      perhaps: new Map(),
      unread: new Map(),
    }
    parts.forEach((part, index) => merge(found[kinds[index] ?? 'unread'], part))
    // Files are read from the front: where a later line was seen behind the forwarder, so had been those before it.
    found.perhaps = readAfterAll(found, seenBeyond)
    for (const part of Object.values(found)) merge(logs.logged, part)
    merge(logs.read, found.read)
    merge(logs.skipped, found.skipped)
    if (gone !== undefined) {
      const all = new Map<string, [number, number][]>()
      for (const part of Object.values(found)) merge(all, part)
      former.add('node log', `node log on ${node}`, gone, all)
      merge(logs.perhapsRead, found.perhaps)
      continue
    }
    // Without a position file nothing would bring the pipeline to read a line, so none of them counts as held.
    held.add(unreadLogOf(log), found.unread)
    held.add(perhapsReadLogOf(log), found.perhaps)
  }
  return { ...logs, held: held.list(), formerly: former.list() }
}

interface LogsCustody {
  readonly held: readonly Holding[]
  readonly formerly: readonly FormerHolding[]
  readonly logged: FoundRanges
  readonly read: FoundRanges
  readonly perhapsRead: FoundRanges
  readonly skipped: FoundRanges
}

type Kind = 'unknown' | 'read' | 'skipped' | 'perhaps' | 'unread'

/** What is known of the parts of a log, from its beginning on. */
function divide({ readBytes, perhapsReadBytes, skipped = [] }: LogEvidence): {
  readonly dividedAt: readonly number[]
  readonly kinds: readonly Kind[]
} {
  if (readBytes === null) return { dividedAt: [], kinds: ['unknown'] }
  const parts = [
    ...skipped.flatMap(([from, to]): [number, Kind][] => [
      [from, 'read'],
      [to, 'skipped'],
    ]),
    [readBytes, 'read'] as [number, Kind],
    [Math.max(readBytes, perhapsReadBytes ?? 0), 'perhaps'] as [number, Kind],
  ]
  return { dividedAt: parts.map(([to]) => to), kinds: [...parts.map(([, kind]) => kind), 'unread'] }
}

/** Moves what must have been read from `perhaps` to `read`; returns what is left. */
function readAfterAll(
  found: Record<Kind, FoundRanges>,
  seenBeyond: (stream: string) => RangeSet,
): FoundRanges {
  const left: FoundRanges = new Map()
  for (const [stream, ranges] of found.perhaps) {
    const lines = RangeSet.of(ranges)
    const upTo = lines.intersect(seenBeyond(stream)).highest
    const read = upTo === 0 ? new RangeSet() : lines.intersect(RangeSet.of([[1, upTo]]))
    if (read.count > 0) merge(found.read, new Map([[stream, read.ranges()]]))
    const rest = lines.subtract(read)
    if (rest.count > 0) left.set(stream, rest.ranges())
  }
  return left
}

function holdings() {
  const all = new Map<string, FoundRanges>()
  return {
    add(station: string, found: FoundRanges) {
      if (found.size === 0) return
      const ranges = all.get(station) ?? (new Map() as FoundRanges)
      all.set(station, ranges)
      merge(ranges, found)
    },
    list: (): Holding[] =>
      [...all].map(([station, streams]) => ({ station, streams: Object.fromEntries(streams) })),
  }
}

/** Files that were removed together are one place. */
function formerHoldings() {
  const all = new Map<
    string,
    { of: FormerHolding['of']; station: string; gone: GoneFile; found: FoundRanges }
  >()
  return {
    add(of: FormerHolding['of'], station: string, gone: GoneFile, found: FoundRanges) {
      if (found.size === 0) return
      const key = JSON.stringify([station, gone])
      const place = all.get(key) ?? { of, station, gone, found: new Map() as FoundRanges }
      all.set(key, place)
      merge(place.found, found)
    },
    list: (): FormerHolding[] =>
      [...all.values()].map(({ found, ...place }) => ({ ...place, streams: Object.fromEntries(found) })),
  }
}

function merge(into: FoundRanges, found: FoundRanges): void {
  for (const [stream, ranges] of found) {
    const known = into.get(stream)
    if (known === undefined) into.set(stream, [...ranges])
    else for (const range of ranges) known.push(range)
  }
}
