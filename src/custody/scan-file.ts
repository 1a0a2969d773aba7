import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { criJoined } from './cri-joined.js'
import { type CollectedRun, createRunCollector } from '../marker/collect.js'

/** Inclusive ranges of numbers per stream, in the order in which they were found; may overlap. */
export type FoundRanges = Map<string, [first: number, last: number][]>

export interface FilePart {
  /** Default: its beginning. */
  readonly fromByte?: number
  /** Exclusive. Default: its end. */
  readonly toByte?: number
  /** It is a container log whose long lines are in parts; they are joined. */
  readonly cri?: boolean
}

/**
 * The lines of a run in a file or a part of it, found by scanning its bytes whatever its format; gzip is
 * unpacked. A file that is gone, or whose gzip is cut off, yields what could be read.
 */
export async function scanFile(
  run: string,
  file: string,
  { fromByte = 0, toByte = Infinity, cri = false }: FilePart = {},
  found: FoundRanges = new Map(),
): Promise<FoundRanges> {
  if (toByte <= fromByte) return found
  const collector = createRunCollector(run)
  const scan = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of cri ? criJoined(chunks) : chunks) collector.scan(chunk)
  }
  try {
    const packed = await isGzip(file)
    const source = createReadStream(file, { start: fromByte, end: toByte - 1, highWaterMark: 1 << 20 })
    if (packed) await pipeline(source, createGunzip(), scan)
    else await pipeline(source, scan)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  for (const run of collector.end().runs) add(found, run)
  return found
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
