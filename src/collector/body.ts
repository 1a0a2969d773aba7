import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** A request's body. `bytes` is unpacked where it came as gzip. */
export interface Body {
  readonly bytes: Buffer
  readonly contentEncoding?: 'gzip' | 'undecodable'
}

/** What bodies in memory take together, so that a pipeline let loose after an outage cannot exhaust the machine. */
export interface MemoryBudget {
  /** False where it would be too much; then nothing is taken. */
  take(bytes: number): boolean
  give(bytes: number): void
}

export function createMemoryBudget(limitBytes: number): MemoryBudget {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > limitBytes) return false
      used += bytes
      return true
    },
    give(bytes) {
      used -= bytes
    },
  }
}

/**
 * Reads a body whole. The caller gives its bytes back to the budget. Resolves to 'gone' where the client left before
 * the end, and to 'too-much' where the budget is used up; then the rest has not been read.
 */
export async function readBody(
  request: IncomingMessage,
  budget: MemoryBudget,
): Promise<Body | 'gone' | 'too-much'> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // Not destroyed on an early return: the connection is still wanted, for the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (!budget.take(chunk.length)) {
        budget.give(size)
        request.resume()
        return 'too-much'
      }
      size += chunk.length
      chunks.push(chunk)
    }
  } catch {
    budget.give(size)
    return 'gone'
  }
  const bytes = Buffer.concat(chunks, size)
  return request.headers['content-encoding'] === 'gzip' ? await unpack(bytes, budget) : { bytes }
}

const unpackedLimitBytes = 1024 ** 3

async function unpack(packed: Buffer, budget: MemoryBudget): Promise<Body | 'too-much'> {
  let bytes: Buffer
  try {
    bytes = await promisify(gunzip)(packed, { maxOutputLength: unpackedLimitBytes })
  } catch {
    return { bytes: packed, contentEncoding: 'undecodable' }
  }
  budget.give(packed.length)
  return budget.take(bytes.length) ? { bytes, contentEncoding: 'gzip' } : 'too-much'
}
