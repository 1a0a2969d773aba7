import { type Measurement } from '../analyze/measure.js'
import { type StreamAccounting } from '../account/account.js'
import { type Counts } from '../store/result.js'
import { named, type Hop, type Outcome } from './outcome.js'

type Range = readonly [first: number, last: number]

/** More differences than this are no longer those of a few plants; they are not listed one by one. */
const mostNumbers = 10_000

/** What one measurement says that another does not, in counts and in numbers of lines. */
export function differenceOf(before: Measurement, after: Measurement): Outcome {
  const counts = new Map<string, number>()
  const numbers = new Map<string, number[]>()
  const [countsBefore, countsAfter] = [countsOf(before), countsOf(after)]
  for (const name of keysOf(countsBefore, countsAfter)) {
    const difference = (countsAfter.get(name) ?? 0) - (countsBefore.get(name) ?? 0)
    if (difference !== 0) counts.set(name, difference)
  }
  const [setsBefore, setsAfter] = [setsOf(before), setsOf(after)]
  for (const name of keysOf(setsBefore, setsAfter)) {
    const [was, is] = [setsBefore.get(name) ?? [], setsAfter.get(name) ?? []]
    const entered = numbersOf(is, was)
    const left = numbersOf(was, is)
    if (entered.length > 0) numbers.set(name, entered)
    if (left.length > 0) numbers.set(`no longer ${name}`, left)
  }
  return { counts, numbers }
}

/** A sentence for each thing that was not found as it was planted; [] where all is as foretold. */
export function disagreements(planted: Outcome, found: Outcome): string[] {
  const inNumbers = keysOf(planted.numbers, found.numbers).flatMap((name) =>
    differing(name, listed(planted.numbers.get(name)), listed(found.numbers.get(name))),
  )
  const inCounts = keysOf(planted.counts, found.counts).flatMap((name) =>
    differing(name, signed(planted.counts.get(name)), signed(found.counts.get(name))),
  )
  return [...inNumbers, ...inCounts]
}

function differing(name: string, planted: string, found: string): string[] {
  return planted === found ? [] : [`${name}: planted ${planted}, found ${found}`]
}

const countNames: readonly (keyof Counts)[] = [
  'sent',
  'indeterminate',
  'delivered',
  'lost',
  'duplicated',
  'reordered',
  'corrupted',
  'unexpected',
  'stranded',
  'late',
]

function countsOf({ accounting }: Measurement): Map<string, number> {
  const ofStreams = accounting.streams.flatMap((stream) =>
    countNames.map((kind): [string, number] => [named.count(kind, stream.stream), stream[kind]]),
  )
  const totals = countNames.map((kind): [string, number] => [
    named.count(kind, null),
    accounting.totals[kind],
  ])
  return new Map([...ofStreams, ...totals])
}

function setsOf({ accounting, gone, duplicates }: Measurement): Map<string, readonly Range[]> {
  const ofStream = ({ stream, lostRanges, duplicatedRanges, strandedAt }: StreamAccounting) => [
    [named.lost(stream), lostRanges] as const,
    [named.duplicated(stream), duplicatedRanges] as const,
    ...strandedAt.map(({ station, ranges }) => [named.stranded(stream, station), ranges] as const),
  ]
  const found = [
    ...accounting.streams.flatMap(ofStream),
    ...gone.map(
      ({ stream, lastSeen, firstMissing, ranges }) =>
        [named.gone(stream, `${lastSeen} → ${firstMissing}` as Hop), ranges] as const,
    ),
    ...duplicates.map(({ stream, hop, ranges }) => [named.duplicatedAt(stream, hop), ranges] as const),
  ]
  // Lines that went at one hop may be in several groups: by the place where they were last.
  const sets = new Map<string, Range[]>()
  for (const [name, ranges] of found) sets.set(name, [...(sets.get(name) ?? []), ...ranges])
  for (const ranges of sets.values()) ranges.sort(([a], [b]) => a - b)
  return sets
}

/** Numbers in some ranges and not in others. Both are in order, as results have them. */
function numbersOf(these: readonly Range[], others: readonly Range[]): number[] {
  const numbers: number[] = []
  let other = 0
  for (const [first, last] of these) {
    for (let seq = first; seq <= last;) {
      while ((others[other]?.[1] ?? Infinity) < seq) other += 1
      const [otherFirst, otherLast] = others[other] ?? [Infinity, Infinity]
      if (otherFirst <= seq) {
        seq = otherLast + 1
        continue
      }
      if (numbers.push(seq) > mostNumbers) return numbers
      seq += 1
    }
  }
  return numbers
}

function keysOf(...maps: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort()
}

function listed(numbers: readonly number[] = []): string {
  if (numbers.length === 0) return 'none'
  const shown = numbers.slice(0, 12).join(', ')
  return numbers.length > 12 ? `${shown} and ${String(numbers.length - 12)} more` : shown
}

function signed(count = 0): string {
  return count > 0 ? `+${String(count)}` : String(count)
}
