import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'
import { gunzipSync, constants } from 'node:zlib'
import { createArrivalTextReader } from '../account/arrival-text.js'
import { feed, readAll } from '../analyze/read-run.js'
import { arrivalSchema, sentEntrySchema, type Arrival, type SentEntry } from '../collector/protocol.js'
import { evidenceIndexFile, evidenceSchema, type EvidenceIndex, type GoneFile } from '../custody/evidence.js'
import { type RunDirectory } from '../store/run-directory.js'

/** A request that the destination stored: what the ledger says of it, and its bytes. */
export interface Request {
  readonly entry: Arrival
  readonly body: Buffer
}

export interface LogBytes {
  readonly node: string
  readonly bytes: Buffer
  readonly readBytes: number | null
  /** What else the index says of it: of such a log nothing is taken out or moved. */
  readonly more: Pick<EvidenceIndex['logs'][number], 'perhapsReadBytes' | 'skipped' | 'gone'>
}

export interface StateBytes {
  readonly station: string
  readonly bytes: Buffer
  readonly gone?: GoneFile | undefined
}

/** The bytes that a run left behind, from which everything about it is counted. Nothing in it is changed in place. */
export interface RawEvidence {
  readonly requests: readonly Request[]
  readonly logs: readonly LogBytes[]
  readonly states: readonly StateBytes[]
  /** The text of the tap's ledger; null: there was no tap. */
  readonly wire: string | null
}

export interface LoadedEvidence {
  readonly evidence: RawEvidence
  readonly sent: readonly SentEntry[]
  /** Bytes of request bodies that are in `evidence`, and that the run has in all. */
  readonly bodyBytes: number
  readonly ofBodyBytes: number
  /** Bytes after the last body that an entry of the ledger points to; null where the ledger was not read to its end. */
  readonly trailing: Buffer | null
}

/** How much of a run is looked at, so that the check of a long one costs no more than that of a short one. */
export interface Limits {
  readonly bodyBytes: number
  readonly logBytes: number
  readonly stateBytes: number
  readonly wireBytes: number
}

const mebibyte = 1024 ** 2
export const usualLimits: Limits = {
  bodyBytes: 24 * mebibyte,
  logBytes: 16 * mebibyte,
  stateBytes: 8 * mebibyte,
  wireBytes: 8 * mebibyte,
}

/** Reads what a run left behind, from the beginning to the limits. Nothing is there where the run ended early. */
export async function loadEvidence(store: RunDirectory, limits: Limits): Promise<LoadedEvidence> {
  const raw = store.file('collector', 'arrivals.raw')
  const { placed, ofBodyBytes, complete } = await readPlaced(store, limits.bodyBytes)
  const requests = placed.map(({ entry, offset, length }) => ({ entry, body: readPart(raw, offset, length) }))
  const last = placed.at(-1)
  const index = readIndex(store)
  return {
    evidence: {
      requests,
      logs: loadLogs(store, index, limits.logBytes),
      states: loadStates(store, index, limits.stateBytes),
      wire: loadWire(store, limits.wireBytes),
    },
    sent: await readAll(store.file('collector', 'sent.ndjson'), sentEntrySchema),
    bodyBytes: requests.reduce((sum, { body }) => sum + body.length, 0),
    ofBodyBytes,
    trailing: complete ? readPart(raw, last ? last.offset + last.length : 0, mebibyte) : null,
  }
}

interface Placed {
  readonly entry: Arrival
  readonly offset: number
  readonly length: number
}

/** The first entries whose bodies were kept and are within the limit. */
async function readPlaced(store: RunDirectory, limitBytes: number) {
  const placed: Placed[] = []
  let bytes = 0
  let ofBodyBytes = 0
  let complete = true
  const name = store.file('collector', 'arrivals.ndjson')
  const use = (entry: Arrival) => {
    const [offset, length] = entry.raw ?? [0, 0]
    ofBodyBytes += length
    complete &&= entry.raw !== null && bytes + length <= limitBytes
    if (!complete) return
    bytes += length
    placed.push({ entry, offset, length })
  }
  await feed(name, createArrivalTextReader({ name, schema: arrivalSchema, use }))
  return { placed, ofBodyBytes, complete }
}

function readIndex(store: RunDirectory): EvidenceIndex {
  const file = store.file(evidenceIndexFile)
  if (!existsSync(file)) return { logs: [], states: [], memory: [] }
  return evidenceSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}

function loadLogs(store: RunDirectory, { logs }: EvidenceIndex, limitBytes: number): LogBytes[] {
  let room = limitBytes
  return logs.flatMap(({ node, file, bytes: size, readBytes, ...rest }): LogBytes[] => {
    const bytes = readPart(store.file(file), 0, Math.min(size, room))
    // Of a compressed file, a part says nothing.
    if (bytes.length === 0 || (isPacked(bytes) && (bytes.length < size || unpacked(bytes) === null)))
      return []
    room -= bytes.length
    const { perhapsReadBytes, skipped, gone } = rest
    const more = {
      ...(perhapsReadBytes !== undefined && { perhapsReadBytes }),
      ...(skipped !== undefined && { skipped }),
      ...(gone !== undefined && { gone }),
    }
    const readHere = isPacked(bytes) || readBytes === null ? readBytes : Math.min(readBytes, bytes.length)
    return [{ node, bytes, readBytes: readHere, more }]
  })
}

function loadStates(store: RunDirectory, { states }: EvidenceIndex, limitBytes: number): StateBytes[] {
  let room = limitBytes
  return states.flatMap(({ station, file, bytes: size, gone }) => {
    const bytes = readPart(store.file(file), 0, Math.min(size, room))
    if (isPacked(bytes) && (bytes.length < size || unpacked(bytes) === null)) return []
    room -= bytes.length
    return [{ station, bytes, gone }]
  })
}

function loadWire(store: RunDirectory, limitBytes: number): string | null {
  const file = store.file('wire', 'wire.ndjson')
  if (!existsSync(file)) return null
  const text = readPart(file, 0, limitBytes).toString('utf8')
  return text.slice(0, text.lastIndexOf('\n') + 1)
}

export function isPacked(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** What gzip unpacks to; null where it is damaged, or too large to be looked at. */
export function unpacked(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * mebibyte })
  } catch {
    return null
  }
}

/** At most so many bytes of a file; none where there is no such file. */
function readPart(file: string, offset: number, length: number): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0)
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    let done = 0
    while (done < length) {
      const read = readSync(descriptor, bytes, done, length - done, offset + done)
      if (read === 0) break
      done += read
    }
    return bytes.subarray(0, done)
  } finally {
    closeSync(descriptor)
  }
}
