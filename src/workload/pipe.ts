import { write } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Writes all bytes, however long the reader takes. `onProgress` hears how many are in the pipe after each write that
 * returned. Rejects with the system's error, e.g. EPIPE when the reader is gone.
 */
export async function writeAll(
  fd: number,
  bytes: Uint8Array,
  onProgress: (writtenBytes: number) => void,
): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    try {
      written += await writeOnce(fd, bytes.subarray(written))
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
