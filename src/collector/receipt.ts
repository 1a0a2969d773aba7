import { createScanner } from '../marker/scanner.js'
import type { Arrival } from './protocol.js'

/** What was found in a body. */
export interface Receipt {
  readonly runs: Arrival['runs']
  readonly corrupted: NonNullable<Arrival['corrupted']>
  readonly unexpected: NonNullable<Arrival['unexpected']>
  /** Every whole line of the run, in order of arrival. */
  readonly lines: readonly ReceivedLine[]
}

export interface ReceivedLine {
  readonly stream: string
  readonly seq: number
  readonly emittedAtMs: number
}

/** Scans bodies one after the other. */
export function createReceiptScanner(run: string): (body: Uint8Array) => Receipt {
  let runs: Receipt['runs'] = []
  let corrupted: Receipt['corrupted'] = []
  let unexpected: Receipt['unexpected'] = []
  let lines: ReceivedLine[] = []

  const scanner = createScanner(run, {
    run: (...found) => runs.push(found),
    corrupted: ({ reason, stream, seq }) => corrupted.push({ reason, stream, seq }),
    foreign({ run: other, stream, seq }) {
      const last = unexpected.at(-1)
      if (last?.run === other && last.stream === stream && last.last + 1 === seq) last.last = seq
      else unexpected.push({ run: other, stream, first: seq, last: seq })
    },
    line: ({ stream, seq, emittedAtMs }) => lines.push({ stream, seq, emittedAtMs }),
  })

  return (body) => {
    scanner.scan(body)
    scanner.end()
    const receipt = { runs, corrupted, unexpected, lines }
    runs = []
    corrupted = []
    unexpected = []
    lines = []
    return receipt
  }
}
