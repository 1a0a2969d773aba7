import type { SentEntry } from '../collector/protocol.js'
import { RangeSet } from './range-set.js'

/** What a stream's emitters are known to have done, and what nobody knows. */
export interface SentNumbers {
  /** Their write returned. */
  readonly sent: RangeSet
  /** Reserved by an incarnation that did not report their write before it died. */
  readonly indeterminate: RangeSet
}

interface Incarnation {
  readonly nextSeq: number
  reserved: number
  sent: number
  ended: boolean
}

export interface SentLedgerReader {
  add(entry: SentEntry): void
  /** What is known if the run is over now. */
  result(): Map<string, SentNumbers>
}

/**
 * Reads `sent.ndjson`. An entry is about the incarnation that registered last: a number below its first one says
 * nothing, so that a report that came too late leaves lines indeterminate and never makes one lost. An incarnation
 * that ended by itself wrote what it reported and no more.
 */
export function createSentLedgerReader(): SentLedgerReader {
  const streams = new Map<string, Incarnation[]>()

  function currentOf(stream: string): Incarnation {
    const incarnations = streams.get(stream)
    const current = incarnations?.at(-1)
    return current ?? register(stream, 1)
  }

  function register(stream: string, nextSeq: number): Incarnation {
    const incarnation = { nextSeq, reserved: nextSeq - 1, sent: nextSeq - 1, ended: false }
    const incarnations = streams.get(stream)
    if (incarnations === undefined) streams.set(stream, [incarnation])
    else incarnations.push(incarnation)
    return incarnation
  }

  return {
    add(entry) {
      if (entry.type === 'registered') {
        register(entry.stream, entry.nextSeq)
        return
      }
      const current = currentOf(entry.stream)
      if (entry.type === 'ended') current.ended = true
      else if (entry.type === 'blocked') return
      else if (entry.type === 'reserved') current.reserved = Math.max(current.reserved, entry.upTo)
      else current.sent = Math.max(current.sent, entry.upTo)
    },
    result() {
      return new Map(Array.from(streams, ([stream, incarnations]) => [stream, numbersOf(incarnations)]))
    },
  }
}

export function readSentLedger(entries: Iterable<SentEntry>): Map<string, SentNumbers> {
  const reader = createSentLedgerReader()
  for (const entry of entries) reader.add(entry)
  return reader.result()
}

function numbersOf(incarnations: readonly Incarnation[]): SentNumbers {
  const sent = new RangeSet()
  const reserved = new RangeSet()
  for (const incarnation of incarnations) {
    if (incarnation.sent >= incarnation.nextSeq) sent.add(incarnation.nextSeq, incarnation.sent)
    const open = !incarnation.ended && incarnation.reserved > incarnation.sent
    if (open) reserved.add(incarnation.sent + 1, incarnation.reserved)
  }
  return { sent, indeterminate: reserved.subtract(sent) }
}
