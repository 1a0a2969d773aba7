import { createRunCollector } from '../marker/collect.js'
import { type WireEntry } from './ledger.js'

export type Lines = Pick<
  Extract<WireEntry, { type: 'message' }>,
  'runs' | 'corrupted' | 'unexpected' | 'unreadable'
>

/** Finds a run's lines in bytes that come in pieces, in the shape that the ledger has. */
export function createLineReader(run: string): (pieces: readonly Uint8Array[]) => Lines {
  const collector = createRunCollector(run)
  return (pieces) => {
    for (const piece of pieces) collector.scan(piece)
    const { runs, corrupted, unexpected } = collector.end()
    return {
      runs,
      ...(corrupted.length > 0 && {
        corrupted: corrupted.map(({ reason, stream, seq }) => ({ reason, stream, seq })),
      }),
      ...(unexpected.length > 0 && { unexpected }),
    }
  }
}

export function countLines({ runs }: Pick<Lines, 'runs'>): number {
  return runs.reduce((lines, [, first, last]) => lines + last - first + 1, 0)
}
