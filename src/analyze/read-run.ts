import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { type ZodType } from 'zod'
import { createLedgerTextReader } from '../account/ledger-text.js'
import { latencyFileSchema, type LatencyFile } from '../collector/protocol.js'
import { type Custody } from '../custody/collect.js'
import { type RunDirectory } from '../store/run-directory.js'

/** Hands over each entry of a ledger. One that is not there is empty: a run that was interrupted early has none yet. */
export async function readLedger<Entry>(
  file: string,
  schema: ZodType<Entry>,
  use: (entry: Entry) => void,
): Promise<void> {
  if (!existsSync(file)) return
  const reader = createLedgerTextReader({ name: file, schema, use })
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) reader.push(chunk as Buffer)
  reader.end()
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

/** What was found in the pipeline after the drain; undefined where the run did not get that far. */
export function readCustody(store: RunDirectory): Custody | undefined {
  const file = store.file('custody.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Custody) : undefined
}
