import { RangeSet } from '../account/range-set.js'
import { createStreamAccount, type StreamAccount } from '../account/stream-account.js'
import { type WireBehaviour } from '../wire/behaviour.js'
import { type WireEntry, type WireRuns } from '../wire/ledger.js'

/** What the tap between forwarders and aggregator saw of a stream. */
export interface WireSightings {
  /** Crossed whole at least once. */
  crossed(stream: string): RangeSet
  /** Crossed whole more than once. */
  crossedAgain(stream: string): RangeSet
  /** In a chunk that the aggregator acknowledged, whether the acknowledgement got back or not. */
  acknowledged(stream: string): RangeSet
  /**
   * Lines that the tap took from a forwarder which awaits no acknowledgement, and could not hand on although
   * nothing told it to misbehave: a loss that the instrument itself may have made.
   */
  readonly swallowedLines: number
}

export interface WireFold {
  add(entry: WireEntry): void
  result(): WireSightings
}

/** Adds up `wire.ndjson`, entry by entry in its order. */
export function createWireFold(): WireFold {
  const crossings = new Map<string, StreamAccount>()
  const acknowledged = new Map<string, RangeSet>()
  const chunks = new Map<string, WireRuns>()
  let swallowedLines = 0

  function cross(runs: WireRuns, atMs: number): void {
    for (const [stream, first, last, emittedAtMsFirst, emittedAtMsLast] of runs) {
      const account = crossings.get(stream) ?? createStreamAccount()
      crossings.set(stream, account)
      account.arrive({ first, last, emittedAtMsFirst, emittedAtMsLast, arrivedAtMs: atMs })
    }
  }

  function acknowledge(runs: WireRuns): void {
    for (const [stream, first, last] of runs) {
      const lines = acknowledged.get(stream) ?? new RangeSet()
      acknowledged.set(stream, lines)
      lines.add(first, last)
    }
  }

  return {
    add(entry) {
      switch (entry.type) {
        case 'message':
          cross(entry.runs, entry.atMs)
          if (entry.chunk !== null) chunks.set(entry.chunk, entry.runs)
          return
        case 'unframed':
          cross(entry.runs, entry.atMs)
          return
        case 'cut-off':
          cross(entry.crossed, entry.atMs)
          return
        case 'ack':
          acknowledge(chunks.get(entry.chunk) ?? [])
          return
        case 'swallowed':
          if (entry.chunk === null && isNormal(entry.behaviour)) swallowedLines += linesOf(entry.runs)
          return
        default:
          return
      }
    },
    result: () => ({
      crossed: (stream) => crossings.get(stream)?.delivered ?? new RangeSet(),
      crossedAgain: (stream) => crossings.get(stream)?.duplicated ?? new RangeSet(),
      acknowledged: (stream) => acknowledged.get(stream) ?? new RangeSet(),
      swallowedLines,
    }),
  }
}

function linesOf(runs: WireRuns): number {
  return runs.reduce((lines, [, first, last]) => lines + last - first + 1, 0)
}

function isNormal({ delayMs, cut, blackhole, dropAcks }: WireBehaviour): boolean {
  return delayMs === 0 && !cut && !blackhole && !dropAcks
}
