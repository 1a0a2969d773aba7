import { existsSync } from 'node:fs'
import { createArrivalTextReader } from '../account/arrival-text.js'
import { arrivalSchema } from '../collector/protocol.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Passings, type Crossing, type Delivery } from '../verdict/explain-copies.js'
import { wireEntrySchema, type WireRuns } from '../wire/ledger.js'
import { feed, readLedger } from './read-run.js'
import { type LineSets } from './trace-all.js'

interface Found {
  readonly crossings: Crossing[]
  readonly deliveries: Delivery[]
  readonly acks: Passings['acks'][number][]
}

/**
 * Reads the ledgers once more for lines that arrived more than once, or never: when they crossed the wire, in which
 * chunks, and when they arrived. Memory grows with such lines only; without any, nothing is read.
 */
export async function readPassings(
  store: RunDirectory,
  sets: readonly LineSets[],
): Promise<ReadonlyMap<string, Passings>> {
  const wanted = new Map(
    sets
      .map(({ stream, lost, duplicated }) => [stream, lost.union(duplicated)] as const)
      .filter(([, lines]) => lines.count > 0),
  )
  const found = new Map<string, Found>()
  for (const stream of wanted.keys()) found.set(stream, { crossings: [], deliveries: [], acks: [] })
  if (wanted.size === 0) return found

  function pick(runs: WireRuns, use: (found: Found, first: number, last: number) => void): void {
    for (const [stream, first, last] of runs) {
      const copies = found.get(stream)
      wanted.get(stream)?.forEachWithin(first, last, (from, to) => {
        if (copies) use(copies, from, to)
      })
    }
  }

  const wire = store.file('wire', 'wire.ndjson')
  if (existsSync(wire)) {
    const chunks = new Map<string, Set<Found>>()
    await readLedger(wire, wireEntrySchema, (entry) => {
      const { atMs } = entry
      if (entry.type === 'message' || entry.type === 'unframed' || entry.type === 'cut-off') {
        const chunk = entry.type === 'message' ? entry.chunk : null
        pick(entry.type === 'cut-off' ? entry.crossed : entry.runs, (copies, first, last) => {
          copies.crossings.push({ atMs, first, last, chunk })
          if (chunk !== null) chunks.set(chunk, (chunks.get(chunk) ?? new Set()).add(copies))
        })
      } else if (entry.type === 'ack') {
        const { chunk, dropped } = entry
        for (const copies of chunks.get(chunk) ?? []) copies.acks.push({ chunk, atMs, dropped })
      }
    })
  }
  const name = store.file('collector', 'arrivals.ndjson')
  await feed(
    name,
    createArrivalTextReader({
      name,
      schema: arrivalSchema,
      use: ({ atMs, request, runs }) => {
        pick(runs, (copies, first, last) => copies.deliveries.push({ atMs, first, last, request }))
      },
    }),
  )
  return found
}
