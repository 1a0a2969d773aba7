import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { type ZodType } from 'zod'
import { createLedgerTextReader, type LedgerTextReader } from '../account/ledger-text.js'
import { RangeSet } from '../account/range-set.js'
import { latencyFileSchema, type LatencyFile } from '../collector/protocol.js'
import { evidenceIndexFile, evidenceSchema, type EvidenceIndex } from '../custody/evidence.js'
import { type RunDirectory } from '../store/run-directory.js'

/** Hands over each entry of a ledger. */
export async function readLedger<Entry>(
  file: string,
  schema: ZodType<Entry>,
  use: (entry: Entry) => void,
): Promise<LedgerEnd> {
  return feed(file, createLedgerTextReader({ name: file, schema, use }))
}

export interface LedgerEnd {
  /** The last line is not whole: its writer was killed, or the disk was full, and more may be missing. */
  readonly lastLineCut: boolean
}

/** Feeds a file to a reader. One that is not there is empty: a run that was interrupted early has no ledgers yet. */
export async function feed(file: string, reader: LedgerTextReader): Promise<LedgerEnd> {
  if (!existsSync(file)) return { lastLineCut: false }
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) reader.push(chunk as Buffer)
  return reader.end()
}

export async function readAll<Entry>(file: string, schema: ZodType<Entry>): Promise<Entry[]> {
  const entries: Entry[] = []
  await readLedger(file, schema, (entry) => entries.push(entry))
  return entries
}

export function readLatency(store: RunDirectory): LatencyFile | undefined {
  const file = store.file('collector', 'latency.json')
  return existsSync(file) ? latencyFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

/** What was kept of the pipeline after the drain; undefined where the run did not get that far. */
export function readEvidence(store: RunDirectory): EvidenceIndex | undefined {
  const file = store.file(evidenceIndexFile)
  return existsSync(file) ? evidenceSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

/** Ranges as they were found, in any order and perhaps overlapping, as a set. */
export function rangeSet(ranges: readonly (readonly [number, number])[] = []): RangeSet {
  const set = new RangeSet()
  for (const [first, last] of ranges) set.add(first, last)
  return set
}
