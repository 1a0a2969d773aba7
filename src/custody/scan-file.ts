import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { criJoined } from './cri-joined.js'
import { type CollectedRun, createRunCollector } from '../marker/collect.js'

/** Inclusive ranges of numbers per stream, in the order in which they were found; may overlap. */
export type FoundRanges = Map<string, [first: number, last: number][]>

/**
 * The lines of a run in a file, found by scanning its bytes whatever its format; gzip is unpacked. Only the first
 * `bytes` of it are looked at. A file that is gone, or whose gzip is cut off, yields what could be read.
 */
export async function scanFile(
  run: string,
  file: string,
  bytes = Infinity,
  found: FoundRanges = new Map(),
): Promise<FoundRanges> {
  const collector = createRunCollector(run)
  await readChunks(file, bytes, async (chunks) => {
    for await (const chunk of chunks) collector.scan(chunk)
  })
  for (const run of collector.end().runs) add(found, run)
  return found
}

/**
 * The same for a container's log, whose long lines are in parts, divided at offsets of its (unpacked) text: for each
 * part, what is in it. See `criJoined` for what becomes of a line that an offset cuts.
 */
export async function scanLog(
  run: string,
  file: string,
  bytes = Infinity,
  dividedAt: readonly number[] = [],
): Promise<FoundRanges[]> {
  const collectors = [...dividedAt, Infinity].map(() => createRunCollector(run))
  await readChunks(file, bytes, async (chunks) => {
    for await (const { part, text } of criJoined(chunks, dividedAt)) collectors[part]?.scan(text)
  })
  return collectors.map((collector) => {
    const found: FoundRanges = new Map()
    for (const run of collector.end().runs) add(found, run)
    return found
  })
}

async function readChunks(
  file: string,
  bytes: number,
  scan: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  if (bytes <= 0) return
  try {
    const packed = await isGzip(file)
    const source = createReadStream(file, { end: bytes - 1, highWaterMark: 1 << 20 })
    if (packed) await pipeline(source, createGunzip(), scan)
    else await pipeline(source, scan)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
}

function add(found: FoundRanges, [stream, first, last]: CollectedRun): void {
  const ranges = found.get(stream)
  if (ranges) ranges.push([first, last])
  else found.set(stream, [[first, last]])
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

function isUnreadable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'ENOENT' || code.startsWith('Z_')
}
