import { createLineEncoder, encodeLine } from '../marker/encode.js'
import { minLineBytes } from '../marker/format.js'
import type { EmitterConfig } from './config.js'
import { drawHostileNoise, maxNoiseBytes } from './noise.js'
import { drawInt, randomOfLine } from './random.js'

/** Lines that are written together. The bytes are valid until the next batch is made. */
export interface Batch {
  readonly first: number
  readonly last: number
  readonly bytes: Uint8Array
  /** The last number whose line ends within so many bytes from the start; `first` - 1 where none does. */
  readonly lastWithin: (bytes: number) => number
}

export interface BatchMaker {
  /** Numbers from `first` to `last`, or fewer: a batch is full at 64 KiB, and has one line at least. */
  make(first: number, last: number, emittedAtMs: number): Batch
}

const fullBytes = 64 * 1024
const newline = 10

export function createBatchMaker(config: EmitterConfig): BatchMaker {
  const { run, stream, seed, noise } = config
  const minBytes = Math.max(minLineBytes, config.lineSize.minBytes)
  const maxBytes = Math.max(minLineBytes, config.lineSize.maxBytes)
  const encoder = createLineEncoder({ run, stream, lineBytes: minBytes })
  const target = new Uint8Array(fullBytes + maxBytes + 1 + (noise === 'none' ? 0 : maxNoiseBytes))

  function writeLine(offset: number, seq: number, emittedAtMs: number): number {
    if (minBytes === maxBytes) return encoder.encode(target, offset, seq, emittedAtMs)
    const lineBytes = drawInt(randomOfLine(seed, seq), minBytes, maxBytes)
    return encodeLine(target, offset, { run, stream, lineBytes, seq, emittedAtMs })
  }

  return {
    make(first, last, emittedAtMs) {
      const ends: number[] = []
      let offset = 0
      let seq = first
      for (; seq <= last && offset < fullBytes; seq += 1) {
        offset = writeLine(offset, seq, emittedAtMs)
        target[offset] = newline
        offset += 1
        ends.push(offset)
        const drawn = noise === 'none' ? undefined : drawHostileNoise(randomOfLine(~seed, seq), stream)
        if (drawn) target.set(drawn, offset)
        offset += drawn?.length ?? 0
      }
      return {
        first,
        last: seq - 1,
        bytes: target.subarray(0, offset),
        lastWithin: (bytes) => first + countUpTo(ends, bytes) - 1,
      }
    },
  }
}

/** How many of the ascending values are at most `limit`. */
function countUpTo(values: readonly number[], limit: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
