import { write } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Writing {
  /** How many bytes are in the pipe, after each write that returned. */
  onProgress(writtenBytes: number): void
  /** The reader took nothing for so long. */
  onBlocked(fromMs: number, toMs: number): void
  readonly now: () => number
}

/** Shorter ones are a reader's pace. */
const notableMs = 1000

/**
 * Writes all bytes, however long the reader takes. Rejects with the system's error, e.g. EPIPE when the reader is gone.
 */
export async function writeAll(
  fd: number,
  bytes: Uint8Array,
  { onProgress, onBlocked, now }: Writing,
): Promise<void> {
  let written = 0
  let sinceMs = now()
  while (written < bytes.length) {
    try {
      written += await writeOnce(fd, bytes.subarray(written))
      const doneMs = now()
      if (doneMs - sinceMs >= notableMs) onBlocked(sinceMs, doneMs)
      sinceMs = doneMs
      onProgress(written)
    } catch (error) {
      if (!isFull(error)) throw error
      await sleep(2)
    }
  }
}

function writeOnce(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, (error, written) => {
      if (error) reject(error)
      else resolve(written)
    })
  })
}

/** The pipe does not block, and has no room at the moment. */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
