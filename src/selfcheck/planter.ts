import { headerBytes, startText } from '../marker/format.js'
import { drawInt, type Random } from '../workload/random.js'
import { type ArrivedLine } from './lines.js'
import {
  damaged,
  duplicatedAt,
  lostAt,
  reordered,
  strandedAt,
  sumOutcomes,
  type Hop,
  type Outcome,
} from './outcome.js'
import { cutInBuffer, inBuffer, stateForPlants, type BodyEdit, type Plant } from './plant.js'
import { type RawEvidence } from './raw-evidence.js'
import { unreadLogOf } from '../custody/custody.js'
import { type LogPlace, type Whereabouts } from './whereabouts.js'

/** What is planted upon. */
export interface Surroundings {
  readonly evidence: RawEvidence
  readonly lines: readonly ArrivedLine[]
  readonly whereabouts: (stream: string, seq: number) => Whereabouts
  /** A log of the stream was removed during the run, so that a line may have been in it. */
  readonly logsWereRemoved: (stream: string) => boolean
}

/** Finds a place for one defect at a time; undefined where the run has none left. */
export interface Planter {
  loss(round: number): Plant | undefined
  duplication(round: number): Plant | undefined
  reordering(): Plant | undefined
  corruption(): Plant | undefined
  truncation(round: number): Plant | undefined
  lostBeforeLog(): Plant | undefined
  lostBeforeForwarder(): Plant | undefined
  lostBeforeWire(): Plant | undefined
  lostBehindWire(crosses: 'unacknowledged' | 'acknowledged'): Plant | undefined
  inState(what: typeof inBuffer | typeof cutInBuffer): Plant | undefined
}

const nothing = Buffer.alloc(0)

/** `pool` are indices of clean lines in the order in which they are to be used. */
export function createPlanter(surroundings: Surroundings, random: Random, pool: readonly number[]): Planter {
  const { evidence, lines, whereabouts, logsWereRemoved } = surroundings
  const tapped = evidence.wire !== null
  const positions = evidence.logs.some(({ readBytes }) => readBytes !== null)
  const used = new Set<number>()

  /** A line and those around it: no two plants touch, neither in a body nor in a stream. */
  function reserve(index: number): void {
    for (const near of [index - 1, index, index + 1, lines[index]?.before, lines[index]?.after])
      if (near !== undefined) used.add(near)
  }

  function isFree(index: number): boolean {
    const line = lines[index]
    return line?.clean === true && !used.has(index) && !whereabouts(line.stream, line.seq).held
  }

  function take(wanted: (line: ArrivedLine, index: number) => boolean = () => true): number | undefined {
    const found = pool.find((index) => {
      const line = lines[index]
      return line !== undefined && isFree(index) && wanted(line, index)
    })
    if (found !== undefined) reserve(found)
    return found
  }

  /** From a line on, those that follow it in its body, are of its stream, and free as well. */
  function block(first: number, most: number): ArrivedLine[] {
    const found = [lines[first]].filter((line) => line !== undefined)
    while (found.length < most) {
      const before = found.at(-1)
      const index = first + found.length
      const next = lines[index]
      // The line before reserved this one; whether anybody else did shows by the one after it.
      const follows = next?.request === before?.request && next?.stream === before?.stream
      if (!next?.clean || !follows || used.has(index + 1) || used.has(next.after)) break
      if (whereabouts(next.stream, next.seq).held) break
      found.push(next)
      reserve(index)
    }
    return found
  }

  /** Where a line went that is nowhere after the stations that had it, told from what is known of this one line. */
  function hopOf({ stream }: ArrivedLine, known: Whereabouts): Hop {
    const afterForwarder = tapped ? 'wire' : 'destination'
    const afterLog = positions ? 'forwarder' : afterForwarder
    if (known.acknowledged) return 'aggregator → destination'
    if (known.crossings > 0) return 'wire → destination'
    if (known.logged.some(({ read }) => read === true)) return `forwarder → ${afterForwarder}`
    if (known.logged.length > 0) return `node log → ${afterLog}`
    return `app → ${logsWereRemoved(stream) ? afterLog : 'node log'}`
  }

  function lost(line: ArrivedLine): Outcome {
    return lostAt(hopOf(line, whereabouts(line.stream, line.seq)), line)
  }

  const cut = ({ request, from, to }: ArrivedLine): BodyEdit => ({ request, from, to, bytes: nothing })
  const bytesOf = ({ request, from, to }: ArrivedLine) =>
    evidence.requests[request]?.body.subarray(from, to) ?? nothing
  const isLastOfBody = ({ request }: ArrivedLine, index: number) => lines[index + 1]?.request !== request
  const isFirstOfBody = ({ request }: ArrivedLine, index: number) => lines[index - 1]?.request !== request
  const isLastOfStream = ({ after }: ArrivedLine) => after < 0

  function takeOneOf(...wanted: ((line: ArrivedLine, index: number) => boolean)[]): number | undefined {
    return wanted
      .map((each) => () => take(each))
      .reduce<number | undefined>((found, next) => found ?? next(), undefined)
  }

  /** One line with what is known of it, that stands in one log only and was read there as far as can be told. */
  function takeLogged(wanted: (known: Whereabouts, place: LogPlace) => boolean) {
    const index = take(({ stream, seq }) => {
      const known = whereabouts(stream, seq)
      const [place, ...others] = known.logged
      return place?.movable === true && others.length === 0 && wanted(known, place)
    })
    const line = lines[index ?? -1]
    const place = line && whereabouts(line.stream, line.seq).logged[0]
    return line && place ? { line, place } : undefined
  }

  const vanished = (line: ArrivedLine) => ({ lines: 1, bodies: [cut(line)] })
  const never = (line: ArrivedLine) => (tapped ? [{ line, crosses: 'never' as const }] : [])

  return {
    loss(round) {
      // Edges first: the last line of a body, the first, the last of a stream; then blocks anywhere.
      const edge = [isLastOfBody, isFirstOfBody, isLastOfStream][round]
      const first = edge ? takeOneOf(edge, () => true) : take()
      if (first === undefined) return undefined
      const gone = block(first, edge ? 1 : drawInt(random, 1, 7))
      return { what: 'loss', lines: gone.length, bodies: gone.map(cut), outcome: sumOutcomes(gone.map(lost)) }
    },
    duplication(round) {
      const first = take()
      if (first === undefined) return undefined
      const copied = block(first, round % 2 === 0 ? 1 : drawInt(random, 1, 7))
      const last = copied.at(-1)
      if (!last) return undefined
      // A copy comes right after the line, or in another place later on.
      const later =
        drawInt(random, 0, 1) === 0 ? undefined : take((_, index) => index > first + copied.length)
      const target = lines[later ?? -1] ?? last
      const times = drawInt(random, 1, 2)
      const separator = drawInt(random, 0, 1) === 0 ? '' : '\n'
      const body = evidence.requests[last.request]?.body
      const piece = Buffer.concat([
        Buffer.from(separator),
        body?.subarray(copied[0]?.from ?? last.from, last.to) ?? nothing,
      ])
      const copies = Buffer.concat(Array.from({ length: times }, () => piece))
      const again = tapped && drawInt(random, 0, 1) === 0
      const outcome = sumOutcomes(
        copied.map((line) => {
          const { crossings } = whereabouts(line.stream, line.seq)
          const twice = crossings + (again ? 1 : 0) > 1
          const hop = twice ? 'forwarder → aggregator' : 'aggregator → destination'
          return duplicatedAt(tapped ? hop : 'somewhere before the destination', line, times)
        }),
      )
      return {
        what: 'duplication',
        lines: copied.length * times,
        bodies: [{ request: target.request, from: target.to, to: target.to, bytes: copies }],
        wire: again ? copied.map((line) => ({ line, crosses: 'again' as const })) : [],
        outcome,
      }
    },
    reordering() {
      const index = take((line, index) => {
        const next = lines[index + 1]
        return (
          next?.stream === line.stream &&
          next.request === line.request &&
          isFree(index + 1) &&
          !used.has(index + 2) &&
          !used.has(next.after)
        )
      })
      const first = lines[index ?? -1]
      const second = lines[(index ?? -2) + 1]
      if (index === undefined || !first || !second) return undefined
      reserve(index + 1)
      return {
        what: 'reordering',
        lines: 1,
        bodies: [
          { ...cut(first), bytes: bytesOf(second) },
          { ...cut(second), bytes: bytesOf(first) },
        ],
        outcome: reordered(first),
      }
    },
    corruption() {
      const line = lines[take() ?? -1]
      if (!line) return undefined
      const bytes = Buffer.from(bytesOf(line))
      const place = drawInt(random, 0, bytes.length - 1)
      bytes.writeUInt8(bytes.readUInt8(place) ^ drawInt(random, 1, 255), place)
      const told = place < headerBytes ? null : line.stream
      return {
        what: 'corruption',
        lines: 1,
        bodies: [{ ...cut(line), bytes }],
        outcome: sumOutcomes([lost(line), damaged(told)]),
      }
    },
    truncation(round) {
      const index = round === 0 ? takeOneOf(isLastOfBody, () => true) : take()
      const line = lines[index ?? -1]
      if (index === undefined || !line) return undefined
      const bytes = bytesOf(line)
      const body = evidence.requests[line.request]?.body ?? nothing
      const atEnd = round === 0 && isLastOfBody(line, index)
      // The byte that follows must not be the one that was cut away.
      const kept = [drawInt(random, startText.length, bytes.length - 1), startText.length, headerBytes].find(
        (length) => atEnd || body[line.to] !== bytes[length],
      )
      if (kept === undefined) return undefined
      const told = kept < headerBytes ? null : line.stream
      return {
        what: 'truncation',
        lines: 1,
        bodies: [
          {
            request: line.request,
            from: line.from + kept,
            to: atEnd ? body.length : line.to,
            bytes: nothing,
          },
        ],
        outcome: sumOutcomes([lost(line), damaged(told)]),
      }
    },
    lostBeforeLog() {
      const found = takeLogged(() => true)
      if (!found) return undefined
      const { line, place } = found
      const hop = hopOf(line, { logged: [], held: false, crossings: 0, acknowledged: false })
      const outcome = lostAt(hop, line)
      return { what: hop, ...vanished(line), logs: [{ ...place, move: false }], wire: never(line), outcome }
    },
    lostBeforeForwarder() {
      const found = takeLogged((_, { read }) => read !== false)
      if (!found) return undefined
      const { line, place } = found
      const node = evidence.logs[place.log]?.node ?? ''
      if (place.read === null) {
        const hop = hopOf(line, { logged: [place], held: false, crossings: 0, acknowledged: false })
        return { what: hop, ...vanished(line), wire: never(line), outcome: lostAt(hop, line) }
      }
      return {
        what: 'node log → forwarder',
        ...vanished(line),
        logs: [{ ...place, move: true }],
        wire: never(line),
        outcome: strandedAt(unreadLogOf(node), line),
      }
    },
    lostBeforeWire() {
      const found = takeLogged((_, { read }) => read === true)
      if (!found) return undefined
      const { line, place } = found
      const hop = hopOf(line, { logged: [place], held: false, crossings: 0, acknowledged: false })
      return { what: hop, ...vanished(line), wire: never(line), outcome: lostAt(hop, line) }
    },
    lostBehindWire(crosses) {
      const line = tapped ? lines[take() ?? -1] : undefined
      if (!line) return undefined
      const hop = crosses === 'acknowledged' ? 'aggregator → destination' : 'wire → destination'
      return { what: hop, ...vanished(line), wire: [{ line, crosses }], outcome: lostAt(hop, line) }
    },
    inState(what) {
      const line = lines[take() ?? -1]
      if (!line) return undefined
      const bytes = bytesOf(line)
      const whole = what === inBuffer
      const { station } = stateForPlants(evidence.states)
      const outcome = whole ? strandedAt(station, line) : lost(line)
      return { what, ...vanished(line), state: whole ? bytes : bytes.subarray(0, -1), outcome }
    },
  }
}
