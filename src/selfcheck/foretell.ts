import { type ArrivedLine } from './lines.js'
import { lostAt, type Hop, type Outcome } from './outcome.js'
import { type Surroundings } from './places.js'
import { type LogPlace } from './whereabouts.js'

/** Says where a line is going to be missed, from what is known of this one line. */
export interface Foretelling {
  /** It vanishes from what arrived and is everywhere else as it was. */
  lost(line: ArrivedLine): Outcome
  /** Between which stations a line goes that never crossed the wire and is, or is not, in a log. */
  hopBeforeWire(line: ArrivedLine, place: LogPlace | undefined): Hop
  /** At which hop a line came twice that arrives again, having crossed the wire so many times more. */
  hopOfCopy(line: ArrivedLine, moreCrossings: number): string
}

export function createForetelling(surroundings: Surroundings): Foretelling {
  const { evidence, whereabouts, logsWereRemoved, direct } = surroundings
  const tapped = evidence.wire !== null
  const positions = evidence.logs.some(({ readBytes }) => readBytes !== null)
  const afterForwarder = tapped ? 'wire' : 'destination'
  const afterLog = positions ? 'forwarder' : afterForwarder

  function hopBehindLogs({ stream }: ArrivedLine, places: readonly LogPlace[]): Hop {
    if (places.some(({ read }) => read === true)) return `forwarder → ${afterForwarder}`
    if (places.length > 0) return `node log → ${afterLog}`
    return `app → ${logsWereRemoved(stream) ? afterLog : 'node log'}`
  }

  return {
    lost(line) {
      const { crossings, acknowledged } = whereabouts.onWire(line.stream, line.seq)
      if (acknowledged && !direct) return lostAt('aggregator → destination', line)
      if (crossings > 0) return lostAt('wire → destination', line)
      return lostAt(hopBehindLogs(line, whereabouts.logged(line.stream, line.seq)), line)
    },
    hopBeforeWire: (line, place) => hopBehindLogs(line, place ? [place] : []),
    hopOfCopy({ stream, seq }, moreCrossings) {
      if (direct) return 'forwarder → destination'
      if (!tapped) return 'somewhere before the destination'
      const { crossings } = whereabouts.onWire(stream, seq)
      return crossings + moreCrossings > 1 ? 'forwarder → aggregator' : 'aggregator → destination'
    },
  }
}
