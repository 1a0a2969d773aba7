import { type Result } from '../../store/result.js'
import { type Station } from './pipeline-model.js'

/** The stations of the picture from left to right. */
export const stationOrder = [
  'app',
  'log',
  'forwarder',
  'wire',
  'aggregator',
  'destination',
] as const satisfies readonly Station[]

/** Lines of one node that were lost, or copied, on the way from one station to another. */
export interface Passage {
  readonly kind: 'lost' | 'duplicated'
  readonly node: string
  readonly lines: number
  readonly from: Station
  readonly to: Station
  /** It happened somewhere in between: no station on the way was observed. */
  readonly wide: boolean
}

export interface PassagesModel {
  readonly passages: readonly Passage[]
  /** Lost lines of which the result does not say where they went. */
  readonly lostUnattributed: number
}

const names: Readonly<Record<string, Station>> = {
  app: 'app',
  'node log': 'log',
  forwarder: 'forwarder',
  wire: 'wire',
  aggregator: 'aggregator',
  destination: 'destination',
}

/** Between which stations of the picture lost lines went, and second copies came about. */
export function passagesModel({ gone, duplicates, totals }: Result): PassagesModel {
  const passages = [
    ...gone.flatMap(({ node, lines, lastSeen, firstMissing }): Passage[] => {
      const ends = between(names[lastSeen], names[firstMissing])
      return ends ? [{ kind: 'lost', node, lines, ...ends, wide: stepsOf(ends) > 1 }] : []
    }),
    ...duplicates.flatMap(({ node, lines, hop }): Passage[] => {
      const ends = hopEnds(hop)
      return ends ? [{ kind: 'duplicated', node, lines, ...ends }] : []
    }),
  ]
  const attributed = passages.filter(({ kind }) => kind === 'lost').reduce((sum, { lines }) => sum + lines, 0)
  return { passages: merge(passages), lostUnattributed: Math.max(0, totals.lost - attributed) }
}

/** "forwarder → aggregator" is between those two; "somewhere before the destination" from who could first send again. */
function hopEnds(hop: string): Pick<Passage, 'from' | 'to' | 'wide'> | null {
  const before = /^somewhere before the (.+)$/.exec(hop)?.[1]
  const [from = '', to = ''] = before === undefined ? hop.split(' → ') : ['forwarder', before]
  const ends = between(names[from], names[to])
  return ends && { ...ends, wide: before !== undefined }
}

function between(from: Station | undefined, to: Station | undefined): Pick<Passage, 'from' | 'to'> | null {
  return from && to && stepsOf({ from, to }) > 0 ? { from, to } : null
}

function stepsOf({ from, to }: Pick<Passage, 'from' | 'to'>): number {
  return stationOrder.indexOf(to) - stationOrder.indexOf(from)
}

/** One passage for all streams of a node that took it; lost ones first, then by node, then from left to right. */
function merge(passages: readonly Passage[]): Passage[] {
  const merged = new Map<string, Passage>()
  for (const passage of passages) {
    const { kind, node, from, to, wide } = passage
    const key = JSON.stringify([kind, node, from, to, wide])
    merged.set(key, { ...passage, lines: passage.lines + (merged.get(key)?.lines ?? 0) })
  }
  return [...merged.values()].toSorted(
    (a, b) =>
      Number(a.kind === 'duplicated') - Number(b.kind === 'duplicated') ||
      a.node.localeCompare(b.node, 'en', { numeric: true }) ||
      stationOrder.indexOf(a.from) - stationOrder.indexOf(b.from),
  )
}
