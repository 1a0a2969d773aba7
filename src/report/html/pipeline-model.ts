import { type Result } from '../../store/result.js'

/** A station that every node has one of. */
type NodeStation = 'app' | 'log' | 'forwarder'
/** Where a line can be, in the order in which it passes. */
export type Station = NodeStation | 'wire' | 'aggregator' | 'destination'

/** What is to be said at one box of the picture. */
export interface Box {
  readonly faults: readonly number[]
  readonly strandedLines: number
}

export interface NodeRow {
  readonly node: string
  readonly sent: number
  readonly lost: number
  /** Those of the node as such: its kubelet, its power. */
  readonly faults: readonly number[]
  readonly boxes: Readonly<Record<NodeStation, Box>>
}

export interface PipelineModel {
  readonly nodes: readonly NodeRow[]
  readonly wire: Box
  readonly aggregator: Box
  readonly destination: Box
  /** Stranded at, and faults of, something that is not in the picture. */
  readonly elsewhere: readonly { readonly where: string; readonly lines: number }[]
  readonly otherFaults: readonly number[]
}

interface Held {
  readonly node: string
  readonly station: Station | null
  readonly where: string
  readonly lines: number
}

/** Puts what the result says in words ("forwarder buffer on node-1") at its place in the picture. */
export function pipelineModel({ streams, faults }: Result): PipelineModel {
  const nodes = [...new Set(streams.map(({ node }) => node))].toSorted((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  const held = streams.flatMap(({ node, strandedAt }): Held[] =>
    strandedAt.map(({ station: where, lines }) => ({ node, station: stationOf(where), where, lines })),
  )
  const hits = faults.map(({ target }, index) => ({
    number: index + 1,
    station: stationOf(target),
    node: nodes.find((node) => namesNode(target, node)),
  }))
  const box = (station: Station, node?: string): Box => ({
    faults: hits
      .filter((hit) => hit.station === station && (!node || !hit.node || hit.node === node))
      .map(({ number }) => number),
    strandedLines: sum(
      held.filter((entry) => entry.station === station && (!node || entry.node === node)),
      ({ lines }) => lines,
    ),
  })
  const ofNoStation = hits.filter(({ station }) => station === null)
  const unplaced = held.filter(({ station }) => station === null)
  const elsewhere = [...new Set(unplaced.map(({ where }) => where))].map((where) => ({
    where,
    lines: sum(
      unplaced.filter((entry) => entry.where === where),
      ({ lines }) => lines,
    ),
  }))
  return {
    nodes: nodes.map((node) => {
      const own = streams.filter((stream) => stream.node === node)
      return {
        node,
        sent: sum(own, ({ sent }) => sent),
        lost: sum(own, ({ lost }) => lost),
        faults: ofNoStation.filter((hit) => hit.node === node).map(({ number }) => number),
        boxes: { app: box('app', node), log: box('log', node), forwarder: box('forwarder', node) },
      }
    }),
    wire: box('wire'),
    aggregator: box('aggregator'),
    destination: box('destination'),
    elsewhere,
    otherFaults: ofNoStation.filter(({ node }) => node === undefined).map(({ number }) => number),
  }
}

/** The station that words are about, or null. */
export function stationOf(words: string): Station | null {
  const order: readonly (readonly [RegExp, Station])[] = [
    // Before the forwarder, since that is what has not read it: "node log on node-1, not read by the forwarder".
    [/\bnode logs?\b/i, 'log'],
    [/\bforwarder\b/i, 'forwarder'],
    [/\baggregator\b/i, 'aggregator'],
    [/\b(?:wire|network)\b/i, 'wire'],
    [/\b(?:collector|destination|sink)\b/i, 'destination'],
    [/\blogs?\b/i, 'log'],
    [/\b(?:app|emitter)\b/i, 'app'],
  ]
  return order.find(([pattern]) => pattern.test(words))?.[1] ?? null
}

/** Whether a node is named as a whole word: "node-1" is not in "node-10". */
function namesNode(words: string, node: string): boolean {
  return words.split(/[\s,;:()]+/).includes(node)
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
