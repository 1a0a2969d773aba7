import { type RangeSet } from '../account/range-set.js'

/** What the tap between forwarders and aggregator saw of a stream. */
export interface WireSightings {
  /** Crossed whole at least once. */
  crossed(stream: string): RangeSet
  /** Crossed whole more than once. */
  crossedAgain(stream: string): RangeSet
  /** In a chunk whose acknowledgement went back. */
  acknowledged(stream: string): RangeSet
}
