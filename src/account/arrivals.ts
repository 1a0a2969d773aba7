import type { Arrival } from '../collector/protocol.js'
import type { SentNumbers } from './sent-ledger.js'
import { createStreamAccount, type ArrivalRun, type StreamAccount } from './stream-account.js'

export interface FoldOptions {
  /** A line that first arrived longer than this after its emission is late. Default: none is. */
  readonly lateAfterMs?: number
  /** Called for every run of lines that arrived for the first time, in order of arrival: latency, timeline. */
  readonly onFirstArrival?: (stream: string, run: ArrivalRun) => void
}

/** The arrivals of a run, per stream, and those that belong to none of its streams. */
export interface Arrivals {
  readonly streams: ReadonlyMap<string, StreamArrivals>
  /** Damaged arrivals whose stream cannot be told. */
  readonly corruptedOfNoStream: number
  /** Another run's lines, and lines of streams that never registered. */
  readonly unexpectedOfNoStream: number
}

export interface StreamArrivals {
  readonly account: StreamAccount
  readonly corrupted: number
}

export interface ArrivalFold {
  add(arrival: Arrival): void
  result(): Arrivals
}

/** Adds up `arrivals.ndjson`, entry by entry in its order, against what was sent. */
export function createArrivalFold(
  sent: ReadonlyMap<string, SentNumbers>,
  options: FoldOptions = {},
): ArrivalFold {
  const { onFirstArrival } = options
  const streams = new Map<string, { account: StreamAccount; corrupted: number }>()
  for (const [stream, numbers] of sent) {
    const account = createStreamAccount({
      known: numbers.sent.union(numbers.indeterminate),
      ...(options.lateAfterMs === undefined ? {} : { lateAfterMs: options.lateAfterMs }),
      ...(onFirstArrival === undefined
        ? {}
        : {
            onFirstArrival: (run: ArrivalRun) => {
              onFirstArrival(stream, run)
            },
          }),
    })
    streams.set(stream, { account, corrupted: 0 })
  }
  let corruptedOfNoStream = 0
  let unexpectedOfNoStream = 0

  return {
    add({ atMs, runs, corrupted = [], unexpected = [] }) {
      for (const [stream, first, last, emittedAtMsFirst, emittedAtMsLast] of runs) {
        const found = streams.get(stream)
        if (found === undefined) unexpectedOfNoStream += last - first + 1
        else found.account.arrive({ first, last, emittedAtMsFirst, emittedAtMsLast, arrivedAtMs: atMs })
      }
      for (const { stream } of corrupted) {
        const found = stream === null ? undefined : streams.get(stream)
        if (found === undefined) corruptedOfNoStream++
        else found.corrupted++
      }
      for (const { first, last } of unexpected) unexpectedOfNoStream += last - first + 1
    },
    result: () => ({ streams, corruptedOfNoStream, unexpectedOfNoStream }),
  }
}

export function foldArrivals(
  entries: Iterable<Arrival>,
  sent: ReadonlyMap<string, SentNumbers>,
  options: FoldOptions = {},
): Arrivals {
  const fold = createArrivalFold(sent, options)
  for (const entry of entries) fold.add(entry)
  return fold.result()
}
