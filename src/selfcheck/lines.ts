import { type SentEntry } from '../collector/protocol.js'
import { createScanner } from '../marker/scanner.js'
import { type RawEvidence } from './raw-evidence.js'

/** A whole line in the body of a request. */
export interface ArrivedLine {
  readonly stream: string
  readonly seq: number
  readonly emittedAtMs: number
  /** Index of the request. */
  readonly request: number
  readonly from: number
  readonly to: number
  /** Nothing but this line changes when it is taken away: see `markClean`. */
  clean: boolean
  /** Index of the line of this stream that arrived before, and after; -1 where there is none. */
  before: number
  after: number
}

/** Every whole line that arrived, in the order of arrival. */
export function findLines(runToken: string, { requests }: RawEvidence): ArrivedLine[] {
  const lines: ArrivedLine[] = []
  const lastOf = new Map<string, number>()
  let request = 0
  const scanner = createScanner(runToken, {
    run: () => undefined,
    corrupted: () => undefined,
    foreign: () => undefined,
    line({ stream, seq, emittedAtMs, offset, lineBytes }) {
      const before = lastOf.get(stream) ?? -1
      const previous = lines[before]
      if (previous) previous.after = lines.length
      lastOf.set(stream, lines.length)
      const found = { stream, seq, emittedAtMs, request, from: offset, to: offset + lineBytes }
      lines.push({ ...found, clean: false, before, after: -1 })
    },
  })
  for (const { body } of requests) {
    scanner.scan(body)
    scanner.end()
    request += 1
  }
  return lines
}

/**
 * Marks the lines that can be planted upon with an outcome that needs no accounting to foretell, whatever else
 * happened in the run: sent for certain, arrived once, neither after a higher number nor before one that would
 * otherwise come in order, and with no remains of markers between it and its neighbours in the body.
 */
export function markClean(
  lines: readonly ArrivedLine[],
  { requests }: RawEvidence,
  sent: ReadonlyMap<string, readonly (readonly [number, number])[]>,
): void {
  const times = new Map<string, Map<number, number>>()
  for (const { stream, seq } of lines) {
    const ofStream = times.get(stream) ?? new Map<number, number>()
    times.set(stream, ofStream)
    ofStream.set(seq, (ofStream.get(seq) ?? 0) + 1)
  }
  const once = ({ stream, seq }: ArrivedLine) => times.get(stream)?.get(seq) === 1
  const inOrder = orderly(lines)
  lines.forEach((line, index) => {
    if (!once(line) || !inOrder.has(index)) return
    if (sent.get(line.stream)?.some(([first, last]) => first <= line.seq && line.seq <= last) !== true) return
    const body = requests[line.request]?.body
    const before = lines[index - 1]
    const after = lines[index + 1]
    const gapFrom = before?.request === line.request ? before.to : 0
    const gapTo = after?.request === line.request ? after.from : body?.length
    const remains = [body?.subarray(gapFrom, line.from), body?.subarray(line.to, gapTo)]
    line.clean = remains.every((gap) => gap?.includes('gapless') === false)
  })
}

/** First arrivals that come after no higher number, and after which the next first arrival is a higher one. */
function orderly(lines: readonly ArrivedLine[]): Set<number> {
  const seen = new Map<string, Set<number>>()
  const highest = new Map<string, number>()
  const firstArrivals = new Map<string, number[]>()
  const notAfterHigher = new Set<number>()
  lines.forEach(({ stream, seq }, index) => {
    const known = seen.get(stream) ?? new Set<number>()
    seen.set(stream, known)
    if (known.has(seq)) return
    known.add(seq)
    const list = firstArrivals.get(stream) ?? []
    firstArrivals.set(stream, list)
    list.push(index)
    if (seq > (highest.get(stream) ?? 0)) notAfterHigher.add(index)
    highest.set(stream, Math.max(seq, highest.get(stream) ?? 0))
  })
  const orderly = new Set<number>()
  for (const list of firstArrivals.values()) {
    list.forEach((index, place) => {
      const next = lines[list[place + 1] ?? -1]
      const higherNext = next === undefined || next.seq > (lines[index]?.seq ?? 0)
      if (notAfterHigher.has(index) && higherNext) orderly.add(index)
    })
  }
  return orderly
}

/** What emitters reported as written, read as plainly as can be: per incarnation from its first number on. */
export function reportedSent(entries: readonly SentEntry[]): Map<string, [first: number, last: number][]> {
  const sent = new Map<string, [number, number][]>()
  for (const entry of entries) {
    const ranges = sent.get(entry.stream) ?? []
    sent.set(entry.stream, ranges)
    if (entry.type === 'registered') ranges.push([entry.nextSeq, entry.nextSeq - 1])
    if (entry.type !== 'sent') continue
    const current = ranges.at(-1)
    if (current) current[1] = Math.max(current[1], entry.upTo)
  }
  return sent
}
