import { createScanner } from './scanner.js'
import type { Damage, MarkerSink } from './sink.js'

/** [stream, first, last, emittedAtMs of first, emittedAtMs of last] */
export type CollectedRun = [stream: string, first: number, last: number, firstAtMs: number, lastAtMs: number]

/** What one input (a request's body, a file) holds, in the shape that the arrival ledger has. */
export interface Collected {
  /** Per stream in order of arrival. */
  readonly runs: CollectedRun[]
  readonly corrupted: Damage[]
  /** Another run's lines, consecutive numbers as one. */
  readonly unexpected: { run: string; stream: string; first: number; last: number }[]
}

export interface RunCollector {
  scan(chunk: Uint8Array): void
  /** Ends the input and returns what it held. The next `scan` begins another input. */
  end(): Collected
}

export function createRunCollector(run: string): RunCollector {
  let collected: Collected = { runs: [], corrupted: [], unexpected: [] }
  const sink: MarkerSink = {
    run: (...collectedRun) => collected.runs.push(collectedRun),
    corrupted: (damage) => collected.corrupted.push(damage),
    foreign({ run: otherRun, stream, seq }) {
      const before = collected.unexpected.at(-1)
      if (before?.run === otherRun && before.stream === stream && before.last === seq - 1) before.last = seq
      else collected.unexpected.push({ run: otherRun, stream, first: seq, last: seq })
    },
  }
  const scanner = createScanner(run, sink)
  return {
    scan: (chunk) => {
      scanner.scan(chunk)
    },
    end() {
      scanner.end()
      const result = collected
      collected = { runs: [], corrupted: [], unexpected: [] }
      return result
    },
  }
}

/** The lines of a run in bytes that are all there. */
export function collectRuns(run: string, bytes: Uint8Array): Collected {
  const collector = createRunCollector(run)
  collector.scan(bytes)
  return collector.end()
}
