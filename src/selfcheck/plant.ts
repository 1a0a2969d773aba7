import { type WireEntry } from '../wire/ledger.js'
import { type ArrivedLine } from './lines.js'
import { type Hop, type Outcome } from './outcome.js'
import { isPacked, type RawEvidence, type Request, type StateBytes } from './raw-evidence.js'
import { wireEntries } from './whereabouts.js'

export const defects = ['loss', 'duplication', 'reordering', 'corruption', 'truncation'] as const
export type Defect = (typeof defects)[number]

/** Bytes from…to of a request's body are replaced. */
export interface BodyEdit {
  readonly request: number
  readonly from: number
  readonly to: number
  readonly bytes: Buffer
}

/** A record of a log is taken out, or put behind all that was read. */
export interface LogEdit {
  readonly log: number
  readonly from: number
  readonly to: number
  readonly move: boolean
}

/** A line is made to have crossed the wire in another way: not at all, with or without an answer, or once more. */
export interface WireEdit {
  readonly line: ArrivedLine
  readonly crosses: 'never' | 'unacknowledged' | 'acknowledged' | 'again'
}

/** One defect, and what has to be found of it. */
export interface Plant {
  /** The kind of defect, or the hop at which a line is lost or the place where it is held. */
  readonly what: Defect | Hop | typeof inBuffer | typeof cutInBuffer
  /** How many lines it hits, or for duplication how many copies it makes. */
  readonly lines: number
  readonly bodies: readonly BodyEdit[]
  readonly logs?: readonly LogEdit[]
  readonly wire?: readonly WireEdit[]
  /** Is appended to a buffer file. */
  readonly state?: Buffer
  readonly outcome: Outcome
}

export const inBuffer = 'held in a buffer'
export const cutInBuffer = 'cut short in a buffer'
const plantedStation = 'buffer that the self-check planted'

/** The state that lines are planted in: the first that can be appended to, else one of its own. */
export function stateForPlants(states: readonly StateBytes[]): {
  readonly index: number
  readonly station: string
} {
  const index = states.findIndex(({ bytes, gone }) => !isPacked(bytes) && gone === undefined)
  return { index: index < 0 ? states.length : index, station: states[index]?.station ?? plantedStation }
}

/** The evidence with all of the plants in it. What they touch is copied. */
export function plant(evidence: RawEvidence, plants: readonly Plant[]): RawEvidence {
  return {
    requests: plantBodies(
      evidence.requests,
      plants.flatMap(({ bodies }) => bodies),
    ),
    logs: plantLogs(
      evidence.logs,
      plants.flatMap(({ logs = [] }) => logs),
    ),
    states: plantStates(
      evidence.states,
      plants.flatMap(({ state }) => state ?? []),
    ),
    wire: plantWire(
      evidence.wire,
      plants.flatMap(({ wire = [] }) => wire),
    ),
  }
}

function plantBodies(requests: readonly Request[], edits: readonly BodyEdit[]): Request[] {
  return requests.map((request, index) => {
    const here = edits.filter((edit) => edit.request === index)
    return here.length === 0 ? request : { ...request, body: edited(request.body, here) }
  })
}

function edited(bytes: Buffer, edits: readonly Omit<BodyEdit, 'request'>[]): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const edit of edits.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    parts.push(bytes.subarray(at, edit.from), edit.bytes)
    at = edit.to
  }
  return Buffer.concat([...parts, bytes.subarray(at)])
}

function plantLogs(logs: RawEvidence['logs'], edits: readonly LogEdit[]): RawEvidence['logs'] {
  return logs.map((log, index) => {
    const here = edits.filter((edit) => edit.log === index)
    if (here.length === 0) return log
    const moved = here.filter(({ move }) => move).map(({ from, to }) => log.bytes.subarray(from, to))
    const separator = moved.length > 0 && log.bytes.at(-1) !== 10 ? [Buffer.from('\n')] : []
    const rest = edited(
      log.bytes,
      here.map(({ from, to }) => ({ from, to, bytes: Buffer.alloc(0) })),
    )
    const { readBytes } = log
    const cut = here.reduce((sum, { from, to }) => sum + (to <= (readBytes ?? 0) ? to - from : 0), 0)
    return {
      ...log,
      bytes: Buffer.concat([rest, ...separator, ...moved]),
      readBytes: readBytes === null ? null : readBytes - cut,
    }
  })
}

function plantStates(states: readonly StateBytes[], additions: readonly Buffer[]): StateBytes[] {
  if (additions.length === 0) return [...states]
  const { index, station } = stateForPlants(states)
  const before = states[index]?.bytes ?? Buffer.alloc(0)
  const newline = Buffer.from('\n')
  const bytes = Buffer.concat([before, ...additions.flatMap((addition) => [newline, addition]), newline])
  return states.toSpliced(index, 1, { station, bytes })
}

function plantWire(wire: string | null, edits: readonly WireEdit[]): string | null {
  if (wire === null || edits.length === 0) return wire
  const gone = edits.filter(({ crosses }) => crosses !== 'again').map(({ line }) => line)
  const entries = wireEntries(wire).map((entry) => withoutLines(entry, gone))
  const added = edits.flatMap(({ line, crosses }, index): WireEntry[] => {
    if (crosses === 'never') return []
    const chunk = crosses === 'acknowledged' ? `planted${String(index)}` : null
    const at = { atMs: line.emittedAtMs, node: 'planted', connection: 1 }
    const runs: WireRuns = [[line.stream, line.seq, line.seq, line.emittedAtMs, line.emittedAtMs]]
    const content = { mode: 'forward', tag: null, bytes: 0, compressed: null, runs } as const
    const message: WireEntry = { type: 'message', ...at, ...content, chunk }
    return chunk === null ? [message] : [message, { type: 'ack', ...at, chunk, dropped: false }]
  })
  return [...entries, ...added].map((entry) => `${JSON.stringify(entry)}\n`).join('')
}

type WireRuns = Extract<WireEntry, { type: 'message' }>['runs']

function withoutLines(entry: WireEntry, lines: readonly ArrivedLine[]): WireEntry {
  if (!('runs' in entry)) return entry
  const runs = withoutNumbers(entry.runs, lines)
  return 'crossed' in entry
    ? { ...entry, runs, crossed: withoutNumbers(entry.crossed, lines) }
    : { ...entry, runs }
}

function withoutNumbers(runs: WireRuns, lines: readonly ArrivedLine[]): WireRuns {
  return lines.reduce(
    (rest, { stream, seq }) =>
      rest.flatMap((run): WireRuns => {
        const [ofStream, first, last, firstAtMs, lastAtMs] = run
        if (ofStream !== stream || seq < first || seq > last) return [run]
        const before: WireRuns = first < seq ? [[stream, first, seq - 1, firstAtMs, firstAtMs]] : []
        const after: WireRuns = seq < last ? [[stream, seq + 1, last, lastAtMs, lastAtMs]] : []
        return [...before, ...after]
      }),
    runs,
  )
}
