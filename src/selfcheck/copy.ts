import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Arrival, type SentEntry } from '../collector/protocol.js'
import { createReceiptScanner } from '../collector/receipt.js'
import { evidenceIndexFile, type EvidenceIndex } from '../custody/evidence.js'
import { runDirectory, type RunDirectory } from '../store/run-directory.js'
import { isPacked, type RawEvidence } from './raw-evidence.js'

/** What the collector would have written of these bodies, in its own words. */
export function receive(runToken: string, { requests }: RawEvidence): Arrival[] {
  const scan = createReceiptScanner(runToken)
  return requests.map(({ entry, body }) => {
    const { atMs, request, path } = entry
    const { runs, corrupted, unexpected } = scan(body)
    return {
      atMs,
      request,
      path,
      raw: null,
      runs,
      ...(corrupted.length > 0 && { corrupted }),
      ...(unexpected.length > 0 && { unexpected }),
    }
  })
}

export interface CopyOptions {
  /** Made here; its parent is there. */
  readonly directory: string
  readonly sent: readonly SentEntry[]
  readonly evidence: RawEvidence
  readonly arrivals: readonly Arrival[]
}

/** Writes evidence down as a run of its own. Memory is left out: whatever is missing may be there, which hides plants. */
export function writeCopy({ directory, sent, evidence, arrivals }: CopyOptions): RunDirectory {
  const copy = runDirectory(directory)
  for (const folder of ['collector', 'evidence', 'wire'])
    mkdirSync(path.join(directory, folder), { recursive: true })
  writeFileSync(copy.file('collector', 'sent.ndjson'), textOf(sent))
  writeFileSync(copy.file('collector', 'arrivals.ndjson'), textOf(arrivals))
  if (evidence.wire !== null) writeFileSync(copy.file('wire', 'wire.ndjson'), evidence.wire)
  const keep = (name: string, bytes: Buffer) => {
    const file = `evidence/${name}${isPacked(bytes) ? '.gz' : ''}`
    writeFileSync(copy.file(file), bytes)
    return { file, bytes: bytes.length }
  }
  const index: EvidenceIndex = {
    logs: evidence.logs.map(({ node, bytes, readBytes, more }, place) => ({
      node,
      ...keep(`log-${String(place)}`, bytes),
      readBytes,
      ...more,
    })),
    states: evidence.states.map(({ station, bytes, gone }, place) => ({
      station,
      ...keep(`state-${String(place)}`, bytes),
      ...(gone !== undefined && { gone }),
    })),
    memory: [],
  }
  writeFileSync(copy.file(evidenceIndexFile), JSON.stringify(index))
  return copy
}

function textOf(entries: readonly unknown[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}
