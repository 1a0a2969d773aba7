import { unreadLogOf } from '../custody/custody.js'
import { bytesOf, cut, type Draw } from './defects.js'
import { type ArrivedLine } from './lines.js'
import { lostAt, strandedAt, type Hop } from './outcome.js'
import { cutInBuffer, inBuffer, stateForPlants, type Plant, type WireEdit } from './plant.js'
import { anywhere, type Surroundings } from './places.js'

/** A line that does not arrive, and what else of it is changed. */
function vanished(hop: Hop, line: ArrivedLine, more: Pick<Plant, 'logs' | 'wire'>): Plant {
  return { what: hop, lines: 1, bodies: [cut(line)], ...more, outcome: lostAt(hop, line) }
}

function neverCrossed({ evidence }: Surroundings, line: ArrivedLine): WireEdit[] {
  return evidence.wire === null ? [] : [{ line, crosses: 'never' }]
}

const lostBeforeLog: Draw = ({ surroundings, places, foretelling }) => {
  const found = places.takeLogged(() => true)
  if (!found) return undefined
  const { line, place } = found
  const logs = [{ ...place, move: false }]
  return vanished(foretelling.hopBeforeWire(line, undefined), line, {
    logs,
    wire: neverCrossed(surroundings, line),
  })
}

/** With a position file a line that was not read is still to be read; without one nobody would come back for it. */
const lostBeforeForwarder: Draw = ({ surroundings, places, foretelling }) => {
  const found = places.takeLogged(({ read }) => read !== false)
  if (!found) return undefined
  const { line, place } = found
  const wire = neverCrossed(surroundings, line)
  if (place.read === null) return vanished(foretelling.hopBeforeWire(line, place), line, { wire })
  const log = surroundings.evidence.logs[place.log] ?? { node: '' }
  return {
    what: 'node log → forwarder',
    lines: 1,
    bodies: [cut(line)],
    logs: [{ ...place, move: true }],
    wire,
    outcome: strandedAt(unreadLogOf(log), line),
  }
}

const lostBeforeWire: Draw = ({ surroundings, places, foretelling }) => {
  const found = places.takeLogged(({ read }) => read === true)
  if (!found) return undefined
  const { line, place } = found
  return vanished(foretelling.hopBeforeWire(line, place), line, { wire: neverCrossed(surroundings, line) })
}

const lostBehindWire =
  (crosses: 'unacknowledged' | 'acknowledged'): Draw =>
  ({ surroundings, places }) => {
    const { evidence, direct } = surroundings
    const line = evidence.wire === null ? undefined : places.take(anywhere)
    const hop = crosses === 'acknowledged' && !direct ? 'aggregator → destination' : 'wire → destination'
    return line && vanished(hop, line, { wire: [{ line, crosses }] })
  }

const inState =
  (what: typeof inBuffer | typeof cutInBuffer): Draw =>
  (drawing) => {
    const line = drawing.places.take(anywhere)
    if (!line) return undefined
    const bytes = bytesOf(drawing, line)
    const { station } = stateForPlants(drawing.surroundings.evidence.states)
    const whole = what === inBuffer
    return {
      what,
      lines: 1,
      bodies: [cut(line)],
      state: whole ? bytes : bytes.subarray(0, -1),
      outcome: whole ? strandedAt(station, line) : drawing.foretelling.lost(line),
    }
  }

export const stationDraws: readonly Draw[] = [
  lostBeforeLog,
  lostBeforeForwarder,
  lostBeforeWire,
  lostBehindWire('unacknowledged'),
  lostBehindWire('acknowledged'),
  inState(inBuffer),
  inState(cutInBuffer),
]
