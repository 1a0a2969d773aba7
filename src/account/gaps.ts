import { type FaultResult, type Result } from '../store/result.js'
import { type StreamAccounting } from './account.js'

type Gap = Result['gaps'][number]

/** When a stream's numbers were sent: by `atMs` everything up to `upTo` had been. Ascending in both. */
export interface SentMark {
  readonly upTo: number
  readonly atMs: number
}

export interface GapInput {
  readonly streams: readonly StreamAccounting[]
  readonly marks: ReadonlyMap<string, readonly SentMark[]>
  readonly faults: readonly FaultResult[]
}

/** Lost, stranded and duplicated ranges, laid against time and against the windows of the faults. */
export function layGaps({ streams, marks, faults }: GapInput): Gap[] {
  return streams.flatMap(({ stream, lostRanges, strandedAt, duplicatedRanges }) => {
    const lay = (kind: Gap['kind'], [first, last]: [number, number]): Gap => {
      const sent = marks.get(stream) ?? []
      const emittedFromMs = sentBy(sent, first)
      const emittedToMs = sentBy(sent, last)
      return {
        stream,
        kind,
        range: [first, last],
        emittedFromMs,
        emittedToMs,
        during: windowOf(faults, emittedFromMs, emittedToMs),
      }
    }
    return [
      ...lostRanges.map((range) => lay('lost', range)),
      ...strandedAt.flatMap(({ ranges }) => ranges).map((range) => lay('stranded', range)),
      ...duplicatedRanges.map((range) => lay('duplicated', range)),
    ]
  })
}

/** When a number had been sent at the latest; null where nobody said. */
export function sentBy(marks: readonly SentMark[], seq: number): number | null {
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((marks[middle]?.upTo ?? Infinity) >= seq) high = middle
    else low = middle + 1
  }
  return marks[low]?.atMs ?? null
}

/** The first fault whose window meets the time in which the lines were sent. */
function windowOf(faults: readonly FaultResult[], fromMs: number | null, toMs: number | null): string | null {
  if (fromMs === null || toMs === null) return null
  const met = faults.find(
    ({ injectedAtMs, healedAtMs }) =>
      injectedAtMs !== null && injectedAtMs <= toMs && (healedAtMs === null || healedAtMs >= fromMs),
  )
  return met?.id ?? null
}
