import { createScanner } from '../marker/scanner.js'
import { wireEntrySchema, type WireEntry } from '../wire/ledger.js'
import { isPacked, unpacked, type LogBytes, type RawEvidence } from './raw-evidence.js'

/** Where a line stands in a node's logs. */
export interface LogPlace {
  /** Index of the log. */
  readonly log: number
  /** The bytes of its record, or of all records of a line that the runtime split. */
  readonly from: number
  readonly to: number
  /** It can be cut out: the file is no compressed one, and its records have no other line. */
  readonly movable: boolean
  /** By the position file; null where it cannot be told, or none is kept. */
  readonly read: boolean | null
  /** It is not read, and still to be, or perhaps not read: nothing can be said of it but that it is there. */
  readonly held: boolean
}

/** What is known of single lines before anything is planted. */
export interface Whereabouts {
  logged(stream: string, seq: number): readonly LogPlace[]
  /** It is in a buffer, or in a part of a log that was not read: whatever else is planted, it is not lost. */
  held(stream: string, seq: number): boolean
  /** How often the tap saw it, and whether it was in a chunk that was acknowledged. */
  onWire(stream: string, seq: number): { readonly crossings: number; readonly acknowledged: boolean }
}

/** Finds out where lines are from the raw evidence, line by line and without sets, so as to be slow and plain. */
export function createWhereabouts(runToken: string, { logs, states, wire }: RawEvidence): Whereabouts {
  const places = new Map<string, LogPlace[]>()
  logs.forEach((bytesOfLog, log) => {
    for (const { name, ended, ...place } of placesIn(runToken, bytesOfLog.bytes)) {
      const ofLine = places.get(name) ?? []
      places.set(name, ofLine)
      const plainly = Object.keys(bytesOfLog.more).length === 0
      const movable = place.movable && plainly
      ofLine.push({ log, ...place, movable, ...readingOf({ ...place, ended }, bytesOfLog) })
    }
  })
  const inStates = new Set<string>()
  for (const { bytes } of states) eachLine(runToken, plain(bytes), (name) => inStates.add(name))
  const entries = wire === null ? [] : wireEntries(wire)
  const logged = (stream: string, seq: number) => places.get(nameOf(stream, seq)) ?? []
  return {
    logged,
    held: (stream, seq) => logged(stream, seq).some(({ held }) => held) || inStates.has(nameOf(stream, seq)),
    onWire: (stream, seq) => seenOnWire(entries, stream, seq),
  }
}

/** A line was read when the last byte of its last record was, which is a newline. */
function readingOf(
  { from, to, ended }: { readonly from: number; readonly to: number; readonly ended: boolean },
  { readBytes, more: { perhapsReadBytes = 0, skipped = [], gone } }: LogBytes,
): Pick<LogPlace, 'read' | 'held'> {
  if (readBytes === null) return { read: null, held: false }
  if (skipped.some(([first, last]) => from < last && to > first)) return { read: null, held: true }
  if (ended && to <= readBytes) return { read: true, held: false }
  if (ended && to <= perhapsReadBytes) return { read: null, held: true }
  return { read: false, held: gone === undefined }
}

export function wireEntries(text: string): WireEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => wireEntrySchema.parse(JSON.parse(line)))
}

function seenOnWire(entries: readonly WireEntry[], stream: string, seq: number) {
  let crossings = 0
  let acknowledged = false
  const chunks = new Set<string>()
  for (const entry of entries) {
    if (entry.type === 'ack') acknowledged ||= chunks.has(entry.chunk)
    const runs = entry.type === 'cut-off' ? entry.crossed : isCrossing(entry) ? entry.runs : []
    const here = runs.filter((run) => run[0] === stream && run[1] <= seq && seq <= run[2]).length
    crossings += here
    if (entry.type !== 'message' || entry.chunk === null) continue
    // A chunk that was sent again is the same chunk; what counts is what it had when it was acknowledged.
    if (here > 0) chunks.add(entry.chunk)
    else chunks.delete(entry.chunk)
  }
  return { crossings, acknowledged }
}

function isCrossing(entry: WireEntry): entry is Extract<WireEntry, { type: 'message' | 'unframed' }> {
  return entry.type === 'message' || entry.type === 'unframed'
}

/** The records of a container log, those of a split line as one, and the lines in them. */
function placesIn(runToken: string, bytes: Buffer) {
  const joined: Buffer[] = []
  const records: { from: number; to: number; joinedTo: number; lines: number; ended: boolean }[] = []
  const text = plain(bytes)
  let from = 0
  let joinedTo = 0
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf(10, at)
    const to = newline < 0 ? text.length : newline + 1
    const record =
      newline < 0
        ? null
        : /^[^ ]* (?:stdout|stderr) ([^ ]*) /.exec(text.toString('latin1', at, Math.min(to, at + 100)))
    const content = text.subarray(at + (record?.[0].length ?? 0), to)
    const goesOn = record?.[1]?.startsWith('P') === true
    joined.push(goesOn ? content.subarray(0, -1) : content)
    joinedTo += goesOn ? content.length - 1 : content.length
    at = to
    if (goesOn && at < text.length) continue
    records.push({ from, to, joinedTo, lines: 0, ended: newline >= 0 && !goesOn })
    from = to
  }
  const found: { name: string; record: number }[] = []
  let record = 0
  eachLine(runToken, Buffer.concat(joined), (name, end) => {
    while ((records[record]?.joinedTo ?? Infinity) < end) record += 1
    const here = records[record]
    if (here) here.lines += 1
    found.push({ name, record })
  })
  return found.flatMap(({ name, record }) => {
    const here = records[record]
    if (!here) return []
    const { from, to, ended, lines } = here
    return [{ name, from, to, ended, movable: !isPacked(bytes) && lines === 1 }]
  })
}

function plain(bytes: Buffer): Buffer {
  return isPacked(bytes) ? (unpacked(bytes) ?? Buffer.alloc(0)) : bytes
}

function eachLine(runToken: string, bytes: Buffer, use: (name: string, end: number) => void): void {
  const scanner = createScanner(runToken, {
    run: () => undefined,
    corrupted: () => undefined,
    foreign: () => undefined,
    line({ stream, seq, offset, lineBytes }) {
      use(nameOf(stream, seq), offset + lineBytes)
    },
  })
  scanner.scan(bytes)
  scanner.end()
}

function nameOf(stream: string, seq: number): string {
  return `${stream}.${String(seq)}`
}
