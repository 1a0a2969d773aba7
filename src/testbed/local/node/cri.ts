import { timestampBytes, type Stamp } from './timestamp.js'

/** containerd's max_container_log_line_size as it is by default. */
export const defaultMaxLineBytes = 16 * 1024

export type LogStream = 'stdout' | 'stderr'

/**
 * Turns what a container writes to one stream into lines of the CRI log format. What is returned is valid until the
 * next call.
 */
export interface CriFramer {
  push(chunk: Buffer): Buffer
  /** The stream has ended: what came without a newline is written as a partial line, as containerd does. */
  end(): Buffer
}

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * As containerd does: text longer than the limit is cut into `P` lines of exactly the limit, followed by an `F` line
 * with the rest; of a line's end, `\r\n` is taken like `\n`; every other byte passes as it is. Unlike containerd,
 * which leaves off trailing zeros, every timestamp has nine digits after the point.
 */
export function criFramer(stream: LogStream, stamp: Stamp, maxLineBytes = defaultMaxLineBytes): CriFramer {
  const full = header(stream, 'F')
  const partial = header(stream, 'P')
  // One more than the limit, as a carriage return past it may yet turn out to belong to the line's end.
  const pending = Buffer.allocUnsafe(maxLineBytes + 1)
  let pendingLength = 0
  let out = Buffer.allocUnsafe(128 * 1024)
  let at = 0

  /** Writes one line: `fromPending` bytes of what is pending, then chunk[start, end). */
  function writeLine(head: Buffer, fromPending: number, chunk: Buffer, start: number, end: number): void {
    const needed = at + head.length + fromPending + (end - start) + 1
    if (needed > out.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, out.length * 2))
      out.copy(grown, 0, 0, at)
      out = grown
    }
    at += head.copy(out, at)
    stamp(out, at - head.length)
    if (fromPending > 0) at += pending.copy(out, at, 0, fromPending)
    if (end > start) at += chunk.copy(out, at, start, end)
    out[at++] = newline
  }

  /** Cuts partial lines off pending + chunk[start, end) until at most `limit` bytes are left; returns the new start. */
  function writePartials(chunk: Buffer, start: number, end: number, limit: number): number {
    while (pendingLength + end - start > limit) {
      const fromPending = Math.min(pendingLength, maxLineBytes)
      const fromChunk = maxLineBytes - fromPending
      writeLine(partial, fromPending, chunk, start, start + fromChunk)
      pending.copyWithin(0, fromPending, pendingLength)
      pendingLength -= fromPending
      start += fromChunk
    }
    return start
  }

  function push(chunk: Buffer): Buffer {
    at = 0
    let start = 0
    while (start < chunk.length) {
      const found = chunk.indexOf(newline, start)
      if (found === -1) {
        start = writePartials(chunk, start, chunk.length, maxLineBytes + 1)
        pendingLength += chunk.copy(pending, pendingLength, start)
        break
      }
      let end = found
      if (end > start) {
        if (chunk[end - 1] === carriageReturn) end -= 1
      } else if (pendingLength > 0 && pending[pendingLength - 1] === carriageReturn) {
        pendingLength -= 1
      }
      start = writePartials(chunk, start, end, maxLineBytes)
      writeLine(full, pendingLength, chunk, start, end)
      pendingLength = 0
      start = found + 1
    }
    return out.subarray(0, at)
  }

  function end(): Buffer {
    at = 0
    const nothing = Buffer.alloc(0)
    writePartials(nothing, 0, 0, maxLineBytes)
    if (pendingLength > 0) writeLine(partial, pendingLength, nothing, 0, 0)
    pendingLength = 0
    return out.subarray(0, at)
  }

  return { push, end }
}

function header(stream: LogStream, tag: 'F' | 'P'): Buffer {
  return Buffer.from(`${' '.repeat(timestampBytes)} ${stream} ${tag} `)
}
