import { type Result } from '../../store/result.js'
import { capped, loadStartMs, rangeLines } from '../format.js'

export const lanes = ['lost', 'duplicated', 'stranded'] as const
export type Lane = (typeof lanes)[number]

/** Everything the chart shows, in seconds since the load began, thinned so that a chart keeps its size. */
export interface ChartModel {
  readonly fromS: number
  readonly toS: number
  readonly points: readonly { readonly atS: number; readonly sent: number; readonly delivered: number }[]
  readonly windows: readonly FaultWindow[]
  readonly marks: readonly LaneMark[]
  /** Gaps of which it is not known when their lines were emitted, or that lie outside of the chart. */
  readonly unplaced: number
}

interface FaultWindow {
  /** Number in the list of faults, from 1. */
  readonly number: number
  readonly fromS: number
  readonly toS: number
  readonly healed: boolean
}

/** Lines emitted between two points in time of which something is to be said. */
interface LaneMark {
  readonly lane: Lane
  readonly fromS: number
  readonly toS: number
  readonly lines: number
}

export interface ChartLimits {
  readonly points: number
  /** Marks of one lane. */
  readonly marks: number
  readonly windows: number
}

/** null where there is nothing to draw: less than two samples. */
export function chartModel(result: Result, limits: ChartLimits): ChartModel | null {
  const zeroMs = loadStartMs(result)
  const seconds = (atMs: number) => (atMs - zeroMs) / 1000
  const samples = sinceLoad(result, zeroMs)
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last.atMs <= first.atMs) return null
  const fromS = seconds(first.atMs)
  const toS = seconds(last.atMs)
  const inside = (atS: number) => Math.min(toS, Math.max(fromS, atS))

  const windows = result.faults.flatMap(({ injectedAtMs, healedAtMs }, index): FaultWindow[] => {
    if (injectedAtMs === null) return []
    const end = healedAtMs === null ? toS : inside(seconds(healedAtMs))
    return [
      { number: index + 1, fromS: inside(seconds(injectedAtMs)), toS: end, healed: healedAtMs !== null },
    ]
  })
  const placed = result.gaps.flatMap((gap): LaneMark[] => {
    const { emittedFromMs, emittedToMs } = gap
    if (emittedFromMs === null || emittedToMs === null) return []
    const [a, b] = [seconds(emittedFromMs), seconds(emittedToMs)]
    if (b < fromS || a > toS) return []
    return [{ lane: gap.kind, fromS: inside(a), toS: inside(b), lines: rangeLines(gap.range) }]
  })
  return {
    fromS,
    toS,
    points: thin(samples, limits.points).map(({ atMs, sent, delivered }) => ({
      atS: seconds(atMs),
      sent,
      delivered,
    })),
    windows: capped(windows, limits.windows).shown,
    marks: lanes.flatMap((lane) =>
      merge(
        placed.filter((mark) => mark.lane === lane),
        (toS - fromS) / limits.marks,
      ),
    ),
    unplaced: result.gaps.length - placed.length,
  }
}

/** The samples in order, without those of the time before the load but the last; all where the load has too few. */
function sinceLoad({ timeline }: Result, zeroMs: number) {
  const samples = timeline.toSorted((a, b) => a.atMs - b.atMs)
  const before = samples.filter(({ atMs }) => atMs < zeroMs).length
  return samples.length - before < 2 ? samples : samples.slice(Math.max(0, before - 1))
}

/** Every n-th item and the last one. The curves only ever rise, so no peak can get lost between. */
function thin<T>(items: readonly T[], max: number): readonly T[] {
  const step = Math.ceil(items.length / max)
  return items.filter((_, index) => index % step === 0 || index === items.length - 1)
}

/** Joins marks that lie closer together than could be seen. */
function merge(marks: readonly LaneMark[], distanceS: number): LaneMark[] {
  const merged: LaneMark[] = []
  for (const mark of marks.toSorted((a, b) => a.fromS - b.fromS)) {
    const last = merged.at(-1)
    if (last && mark.fromS - last.toS < distanceS) {
      const toS = Math.max(last.toS, mark.toS)
      merged[merged.length - 1] = { ...last, toS, lines: last.lines + mark.lines }
    } else {
      merged.push(mark)
    }
  }
  return merged
}
