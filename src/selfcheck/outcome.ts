import { type Station } from '../account/trace.js'
import { type Counts } from '../store/result.js'

/**
 * What accounting says more, or less, of planted evidence than of the evidence as it was. Counts are differences;
 * numbers are those of the lines that entered a set (or left it, under a name that says so).
 */
export interface Outcome {
  readonly counts: ReadonlyMap<string, number>
  readonly numbers: ReadonlyMap<string, readonly number[]>
}

/** What of a set of lines changed, e.g. 'lost of s00'. One spelling for what is foretold and what is found. */
export const named = {
  count: (kind: keyof Counts, stream: string | null) => `${kind} of ${stream ?? 'all streams'}`,
  lost: (stream: string) => `lost of ${stream}`,
  gone: (stream: string, hop: Hop) => `lost of ${stream} at ${hop}`,
  stranded: (stream: string, station: string) => `stranded of ${stream} at "${station}"`,
  duplicated: (stream: string) => `duplicated of ${stream}`,
  duplicatedAt: (stream: string, hop: string) => `duplicated of ${stream} at ${hop}`,
} as const

export type Hop = `${Station} → ${Station}`

/** Every count of a stream is one of its totals as well; what belongs to no stream is in the totals alone. */
function outcome(
  stream: string | null,
  counts: Partial<Counts>,
  numbers: readonly (readonly [string, number])[] = [],
): Outcome {
  const differences = Object.entries(counts).flatMap(([kind, difference]): [string, number][] => [
    [named.count(kind as keyof Counts, null), difference],
    ...(stream === null ? [] : [[named.count(kind as keyof Counts, stream), difference] as [string, number]]),
  ])
  return { counts: new Map(differences), numbers: new Map(numbers.map(([name, seq]) => [name, [seq]])) }
}

interface Numbered {
  readonly stream: string
  readonly seq: number
}

export function lostAt(hop: Hop, { stream, seq }: Numbered): Outcome {
  return outcome(stream, { lost: 1, delivered: -1 }, [
    [named.lost(stream), seq],
    [named.gone(stream, hop), seq],
  ])
}

export function strandedAt(station: string, { stream, seq }: Numbered): Outcome {
  return outcome(stream, { stranded: 1, delivered: -1 }, [[named.stranded(stream, station), seq]])
}

/** `stream` is null where the damage is to the part of the line that names it. */
export function damaged(stream: string | null): Outcome {
  return outcome(stream, { corrupted: 1 })
}

export function reordered({ stream }: Numbered): Outcome {
  return outcome(stream, { reordered: 1 })
}

export function duplicatedAt(hop: string, { stream, seq }: Numbered, copies: number): Outcome {
  return outcome(stream, { duplicated: copies }, [
    [named.duplicated(stream), seq],
    [named.duplicatedAt(stream, hop), seq],
  ])
}

/** Differences of nothing are left out, so that outcomes can be compared. */
export function sumOutcomes(outcomes: readonly Outcome[]): Outcome {
  const counts = new Map<string, number>()
  const numbers = new Map<string, number[]>()
  for (const part of outcomes) {
    for (const [name, difference] of part.counts) counts.set(name, (counts.get(name) ?? 0) + difference)
    for (const [name, seqs] of part.numbers) numbers.set(name, [...(numbers.get(name) ?? []), ...seqs])
  }
  for (const [name, difference] of counts) if (difference === 0) counts.delete(name)
  for (const seqs of numbers.values()) seqs.sort((a, b) => a - b)
  return { counts, numbers }
}
