import { headerBytes, startText } from '../marker/format.js'
import { drawInt, type Random } from '../workload/random.js'
import { type Foretelling } from './foretell.js'
import { type ArrivedLine } from './lines.js'
import { damaged, duplicatedAt, reordered, sumOutcomes } from './outcome.js'
import { type BodyEdit, type Plant } from './plant.js'
import { anywhere, type Places, type Surroundings, type Wanted } from './places.js'

/** What a defect is drawn from. */
export interface Drawing {
  readonly surroundings: Surroundings
  readonly places: Places
  readonly foretelling: Foretelling
  readonly random: Random
  /** Counts from 0: how often this kind has been drawn before. */
  readonly round: number
}

/** One more of a kind; undefined where the run has no place left for it. */
export type Draw = (drawing: Drawing) => Plant | undefined

const nothing = Buffer.alloc(0)

export const cut = ({ request, from, to }: ArrivedLine): BodyEdit => ({ request, from, to, bytes: nothing })

export function bytesOf({ surroundings }: Drawing, line: ArrivedLine): Buffer {
  return bodyOf(surroundings, line).subarray(line.from, line.to)
}

function bodyOf({ evidence }: Surroundings, { request }: ArrivedLine): Buffer {
  return evidence.requests[request]?.body ?? nothing
}

/** Edges first: the last line of a body, the first, the last of a stream; then blocks anywhere. */
const loss: Draw = ({ surroundings: { lines }, places, foretelling, random, round }) => {
  const edges: readonly Wanted[] = [
    ({ request }, index) => lines[index + 1]?.request !== request,
    ({ request }, index) => lines[index - 1]?.request !== request,
    ({ after }) => after < 0,
  ]
  const edge = edges[round]
  const gone = edge ? places.takeBlock(1, edge, anywhere) : places.takeBlock(drawInt(random, 1, 7), anywhere)
  if (gone.length === 0) return undefined
  const outcome = sumOutcomes(gone.map((line) => foretelling.lost(line)))
  return { what: 'loss', lines: gone.length, bodies: gone.map(cut), outcome }
}

/** A copy comes right after the line, or in another place later on; some of them crossed the wire again. */
const duplication: Draw = ({ surroundings, places, foretelling, random, round }) => {
  const copied = places.takeBlock(round % 2 === 0 ? 1 : drawInt(random, 1, 7), anywhere)
  const [first, last] = [copied[0], copied.at(-1)]
  if (!first || !last) return undefined
  const isLater: Wanted = ({ request, from }) =>
    request > last.request || (request === last.request && from > last.from)
  const target = (drawInt(random, 0, 1) === 0 ? undefined : places.take(isLater)) ?? last
  const copies = drawInt(random, 1, 2)
  const separator = drawInt(random, 0, 1) === 0 ? '' : '\n'
  const piece = Buffer.concat([
    Buffer.from(separator),
    bodyOf(surroundings, last).subarray(first.from, last.to),
  ])
  const again = surroundings.evidence.wire !== null && drawInt(random, 0, 1) === 0
  const bytes = Buffer.concat(Array.from({ length: copies }, () => piece))
  return {
    what: 'duplication',
    lines: copied.length * copies,
    bodies: [{ request: target.request, from: target.to, to: target.to, bytes }],
    wire: again ? copied.map((line) => ({ line, crosses: 'again' })) : [],
    outcome: sumOutcomes(
      copied.map((line) => duplicatedAt(foretelling.hopOfCopy(line, again ? 1 : 0), line, copies)),
    ),
  }
}

const reordering: Draw = (drawing) => {
  const pair = drawing.places.takePair()
  if (!pair) return undefined
  const [first, second] = pair
  return {
    what: 'reordering',
    lines: 1,
    bodies: [
      { ...cut(first), bytes: bytesOf(drawing, second) },
      { ...cut(second), bytes: bytesOf(drawing, first) },
    ],
    outcome: reordered(first),
  }
}

const corruption: Draw = (drawing) => {
  const { places, foretelling, random } = drawing
  const line = places.take(anywhere)
  if (!line) return undefined
  const bytes = Buffer.from(bytesOf(drawing, line))
  const place = drawInt(random, 0, bytes.length - 1)
  bytes.writeUInt8(bytes.readUInt8(place) ^ drawInt(random, 1, 255), place)
  return {
    what: 'corruption',
    lines: 1,
    bodies: [{ ...cut(line), bytes }],
    outcome: sumOutcomes([foretelling.lost(line), damaged(place < headerBytes ? null : line.stream)]),
  }
}

/** The first is cut off together with the rest of its body, the others within one. */
const truncation: Draw = (drawing) => {
  const { surroundings, places, foretelling, random, round } = drawing
  const { lines } = surroundings
  const isLast: Wanted = ({ request }, index) => lines[index + 1]?.request !== request
  const atEnd = round === 0 ? places.take(isLast) : undefined
  const line = atEnd ?? places.take(anywhere)
  if (!line) return undefined
  const bytes = bytesOf(drawing, line)
  const body = bodyOf(surroundings, line)
  // The byte that then follows must not be the one that was cut away.
  const kept = [drawInt(random, startText.length, bytes.length - 1), startText.length, headerBytes].find(
    (length) => atEnd !== undefined || body[line.to] !== bytes[length],
  )
  if (kept === undefined) return undefined
  const to = atEnd ? body.length : line.to
  return {
    what: 'truncation',
    lines: 1,
    bodies: [{ request: line.request, from: line.from + kept, to, bytes: nothing }],
    outcome: sumOutcomes([foretelling.lost(line), damaged(kept < headerBytes ? null : line.stream)]),
  }
}

export const defectDraws: readonly Draw[] = [loss, duplication, reordering, corruption, truncation]
