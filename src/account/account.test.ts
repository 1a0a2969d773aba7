import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { arrivalSchema, type SentEntry } from '../collector/protocol.js'
import { createRunCollector } from '../marker/collect.js'
import { lineText } from '../marker/encode.js'
import { headerBytes, minLineBytes } from '../marker/format.js'
import { account, type HeldLines, sumCounts, type StreamAccounting } from './account.js'
import { createArrivalTextReader } from './arrival-text.js'
import { createArrivalFold } from './arrivals.js'
import { RangeSet } from './range-set.js'
import { readSentLedger } from './sent-ledger.js'

/**
 * Whole histories, from the bytes of lines through damage, scanner and ledger text to the counts, against a model
 * that keeps every number in arrays and Maps.
 */
const run = 'k3v9x2ab'
const streams = ['s01', 's02']

const incarnation = fc.record({
  sent: fc.integer({ min: 0, max: 12 }),
  wroteMore: fc.integer({ min: 0, max: 3 }),
  reservedMore: fc.integer({ min: 0, max: 4 }),
  ended: fc.boolean(),
})
const incarnations = fc.array(incarnation, { minLength: 1, maxLength: 3 })

const arrival = fc.record({
  what: fc.constantFrom('whole', 'whole', 'whole', 'whole', 'flip', 'cut', 'foreign', 'unknown', 'never'),
  stream: fc.constantFrom(...streams),
  /** Chooses the line. */
  line: fc.nat(),
  /** Chooses the byte. */
  place: fc.nat(),
  flip: fc.integer({ min: 1, max: 255 }),
  times: fc.constantFrom(1, 1, 1, 2, 3),
})
const requests = fc.array(fc.array(arrival, { maxLength: 14 }), { maxLength: 8 })
const holding = fc.record({
  stream: fc.constantFrom(...streams),
  numbers: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
})
const history = fc.record({
  emitters: fc.tuple(incarnations, incarnations),
  requests,
  held: fc.array(holding, { maxLength: 3 }),
  payloadBytes: fc.constantFrom(0, 9, 40),
  wrapping: fc.constantFrom(
    ['', '\n'],
    ['2026-11-23T06:41:00.1Z stdout F ', '\n'],
    ['{"m":"', '"}'],
    ['\xd9\x48', ''],
  ),
  widths: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
})
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never

interface Emitted {
  readonly entries: SentEntry[]
  readonly sent: number[]
  readonly unsure: number[]
  /** What was written, reported or not. */
  readonly written: number[]
}

function emit(stream: string, list: History['emitters'][number]): Emitted {
  const emitted: Emitted = { entries: [], sent: [], unsure: [], written: [] }
  let nextSeq = 1
  list.forEach(({ sent, wroteMore, reservedMore, ended }, index) => {
    const sentUpTo = nextSeq + sent - 1
    const reserved = sentUpTo + (ended ? 0 : wroteMore + reservedMore)
    emitted.entries.push(
      { type: 'registered', atMs: 1, stream, incarnation: index + 1, nextSeq },
      { type: 'reserved', atMs: 2, stream, upTo: Math.max(nextSeq, reserved) },
      { type: 'sent', atMs: 3, stream, upTo: sentUpTo },
    )
    if (ended) emitted.entries.push({ type: 'ended', atMs: 4, stream })
    for (let seq = nextSeq; seq <= sentUpTo; seq++) emitted.sent.push(seq)
    const reservedInLedger = ended ? reserved : Math.max(nextSeq, reserved)
    for (let seq = sentUpTo + 1; seq <= reservedInLedger; seq++) emitted.unsure.push(seq)
    for (let seq = nextSeq; seq <= sentUpTo + (ended ? 0 : wroteMore); seq++) emitted.written.push(seq)
    nextSeq = reservedInLedger + 1
  })
  return emitted
}

type NaiveArrival =
  | { readonly what: 'line' | 'foreign'; readonly stream: string; readonly seq: number }
  | { readonly what: 'corrupted'; readonly stream: string | null }

interface NaiveHolding {
  readonly station: string
  readonly stream: string
  readonly numbers: readonly number[]
}

function naiveAccount(
  emitted: Map<string, Emitted>,
  arrivals: readonly NaiveArrival[],
  held: readonly NaiveHolding[],
) {
  const ofNoStream = { corrupted: 0, unexpected: 0 }
  for (const { what, stream } of arrivals) {
    if (what === 'corrupted' && stream === null) ofNoStream.corrupted++
    if (what === 'foreign' || (what === 'line' && !emitted.has(stream))) ofNoStream.unexpected++
  }
  const results = Array.from(emitted, ([stream, { sent, unsure }]) => {
    const times = new Map<number, number>()
    let [reordered, unexpected, corrupted, highest] = [0, 0, 0, 0]
    for (const arrived of arrivals) {
      if (arrived.stream !== stream) continue
      if (arrived.what === 'corrupted') corrupted++
      if (arrived.what !== 'line') continue
      const { seq } = arrived
      if (!sent.includes(seq) && !unsure.includes(seq)) unexpected++
      else {
        if (!times.has(seq) && seq < highest) reordered++
        highest = Math.max(highest, seq)
        times.set(seq, (times.get(seq) ?? 0) + 1)
      }
    }
    const lastStation = new Map<number, string>()
    for (const holding of held) {
      for (const seq of holding.stream === stream ? holding.numbers : [])
        lastStation.set(seq, holding.station)
    }
    const isStranded = (seq: number) => !times.has(seq) && lastStation.has(seq)
    const stillUnsure = unsure.filter((seq) => !times.has(seq) && !lastStation.has(seq))
    const written = [...sent, ...unsure.filter((seq) => !stillUnsure.includes(seq))]
    const lost = written.filter((seq) => !times.has(seq) && !lastStation.has(seq))
    const strandedAt = held.flatMap(({ station }) => {
      const here = written.filter((seq) => isStranded(seq) && lastStation.get(seq) === station)
      return here.length === 0 ? [] : [{ station, lines: here.length, ranges: rangesOf(here) }]
    })
    const repeated = Array.from(times.keys()).filter((seq) => (times.get(seq) ?? 0) > 1)
    return {
      stream,
      sent: written.length,
      indeterminate: stillUnsure.length,
      delivered: times.size,
      lost: lost.length,
      duplicated: repeated.reduce((sum, seq) => sum + (times.get(seq) ?? 0) - 1, 0),
      reordered,
      corrupted,
      unexpected,
      stranded: written.filter(isStranded).length,
      late: 0,
      lostRanges: rangesOf(lost),
      duplicatedRanges: rangesOf(repeated),
      strandedAt,
    } satisfies StreamAccounting
  })
  const totals = sumCounts(results)
  totals.corrupted += ofNoStream.corrupted
  totals.unexpected += ofNoStream.unexpected
  return { totals, streams: results }
}

function rangesOf(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const seq of numbers.toSorted((a, b) => a - b)) {
    const before = ranges.at(-1)
    if (before?.[1] === seq - 1) before[1] = seq
    else ranges.push([seq, seq])
  }
  return ranges
}

const emittedAtMs = (seq: number) => 1_732_345_678_901 + 37 * seq

/** A request's body, and what the model has to know about it. */
function deliver(
  arrivals: History['requests'][number],
  emitted: Map<string, Emitted>,
  { payloadBytes, wrapping }: History,
) {
  let body = ''
  const expected: NaiveArrival[] = []
  let endBelongs = false
  const lineBytes = minLineBytes + payloadBytes
  const damaged = (stream: string | null) => expected.push({ what: 'corrupted', stream })
  for (const { what, stream, line, place, flip, times } of arrivals) {
    const written = emitted.get(stream)?.written ?? []
    const seq = what === 'never' ? 5000 + (line % 50) : written[line % Math.max(1, written.length)]
    if (seq === undefined) continue
    const marker = {
      run: what === 'foreign' ? '00000000' : run,
      stream: what === 'unknown' ? 'zzz' : stream,
    }
    let text = lineText({ ...marker, seq, lineBytes, emittedAtMs: emittedAtMs(seq) })
    if (what === 'cut') {
      const kept = place % lineBytes
      text = text.slice(0, kept)
      if (kept >= 9) {
        damaged(kept < headerBytes ? null : stream)
        endBelongs = true
      }
    } else if (what === 'flip') {
      const at = place % lineBytes
      text = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ flip) + text.slice(at + 1)
      // Without its start only the end shows, and that is taken for the end of a line that was cut before it.
      if (at >= 9 || !endBelongs) damaged(at < headerBytes ? null : stream)
      endBelongs = at >= lineBytes - 9
    } else {
      for (let time = 0; time < times; time++)
        expected.push({ what: what === 'foreign' ? 'foreign' : 'line', stream: marker.stream, seq })
      text = Array(times).fill(text).join(wrapping.join(''))
      endBelongs = false
    }
    body += `${wrapping[0]}${text}${wrapping[1]}`
  }
  return { body: Uint8Array.from(body, (letter) => letter.charCodeAt(0)), expected }
}

function cut(bytes: Uint8Array, widths: readonly number[], use: (chunk: Uint8Array) => void): void {
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const width = widths[index % widths.length] ?? 1
    use(bytes.slice(at, at + width))
    at += width
  }
}

function measure(input: History) {
  const emitted = new Map(streams.map((stream, index) => [stream, emit(stream, input.emitters[index] ?? [])]))
  const sent = readSentLedger(Array.from(emitted.values()).flatMap(({ entries }) => entries))
  const fold = createArrivalFold(sent)
  const ledger = createArrivalTextReader({ name: 'a', schema: arrivalSchema, use: fold.add })
  const collector = createRunCollector(run)
  const expected: NaiveArrival[] = []
  input.requests.forEach((arrivals, index) => {
    const request = deliver(arrivals, emitted, input)
    expected.push(...request.expected)
    cut(request.body, input.widths, collector.scan)
    const entry = { atMs: 1, request: index, path: '/', raw: null, ...collector.end() }
    cut(new TextEncoder().encode(`${JSON.stringify(entry)}\n`), input.widths, ledger.push)
  })
  expect(ledger.end()).toEqual({ entries: input.requests.length, lastLineCut: false })
  const held = input.held.map(({ stream, numbers }, index): HeldLines => {
    const lines = RangeSet.of(numbers.map((seq) => [seq, seq]))
    return { station: `station ${String(index)}`, stream, lines }
  })
  const heldNumbers = input.held.map(({ stream, numbers }, index) => ({
    station: `station ${String(index)}`,
    stream,
    numbers,
  }))
  return {
    found: account({ sent, arrivals: fold.result(), held }),
    expected: naiveAccount(emitted, expected, heldNumbers),
  }
}

describe('any history', () => {
  it('is accounted for as counting line by line does', () => {
    fc.assert(
      fc.property(history, (input) => {
        const { found, expected } = measure(input)
        expect(found).toEqual(expected)
        for (const { sent, delivered, lost, stranded } of [found.totals, ...found.streams]) {
          expect(sent).toBe(delivered + lost + stranded)
        }
      }),
      { numRuns: 300 },
    )
  })
})
