import { type SeqRange } from '../account/range-set.js'
import { type Passing } from './explain-copies.js'

/** Lines that crossed the wire together for the last time. */
export interface Crossed {
  readonly range: SeqRange
  /** null: nobody saw them cross. */
  readonly crossedAtMs: number | null
}

/** Divides a range by when its lines crossed last: whatever took them came after that. */
export function byLastCrossing([first, last]: SeqRange, crossings: readonly Passing[]): Crossed[] {
  const here = crossings.filter((crossing) => crossing.first <= last && crossing.last >= first)
  const cuts = here.flatMap((crossing) => [crossing.first, crossing.last + 1])
  const starts = [...new Set([first, ...cuts])].filter((seq) => seq >= first && seq <= last)
  starts.sort((a, b) => a - b)
  return starts.map((start, index): Crossed => {
    const end = (starts[index + 1] ?? last + 1) - 1
    const times = here.filter((crossing) => crossing.first <= start && crossing.last >= end)
    const crossedAtMs = times.length === 0 ? null : Math.max(...times.map(({ atMs }) => atMs))
    return { range: [start, end], crossedAtMs }
  })
}
