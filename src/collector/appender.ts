import { open } from 'node:fs/promises'
import { GaplessError, messageOf } from '../errors.js'

/** A file that only grows. What has been appended is in the kernel, so that no death of ours can take it back. */
export interface Appender {
  /** Resolves once the bytes are written; in the order of the calls. After one failure everything is rejected. */
  append(bytes: Uint8Array): Promise<void>
  /** Waits for what is under way, and until the disk has it. */
  sync(): Promise<void>
  close(): Promise<void>
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Creates the file; it must not be there yet. Appends that arrive while a write is under way are grouped into the
 * next one.
 */
export async function createAppender(path: string): Promise<Appender> {
  const file = await open(path, 'ax').catch((cause: unknown) => {
    throw new GaplessError(`Cannot create ${path}: ${messageOf(cause)}`, {
      code: 'store-not-writable',
      hint: 'The collector needs a directory of its own that it can write to.',
      cause,
    })
  })
  let waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let failure: GaplessError | undefined

  async function writeAll(group: readonly Waiting[]): Promise<void> {
    let rest = group.map((one) => one.bytes)
    while (rest.length > 0) {
      const { bytesWritten } = await file.writev(rest)
      rest = without(rest, bytesWritten)
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await writeAll(group)
        for (const one of group) one.resolve()
      } catch (cause) {
        failure = new GaplessError(`Cannot write to ${path}: ${messageOf(cause)}`, {
          code: 'store-not-writable',
          cause,
        })
        for (const one of [...group, ...waiting]) one.reject(failure)
        waiting = []
      }
    }
    writing = undefined
  }

  return {
    append: (bytes) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        waiting.push({ bytes, resolve, reject })
        writing ??= drain()
      }),
    async sync() {
      await writing
      if (!failure) await file.sync()
    },
    async close() {
      await writing
      await file.close()
    },
  }
}

/** What is left of some buffers after so many bytes of them. */
function without(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = []
  let skip = bytes
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(buffer.subarray(skip))
    skip = Math.max(0, skip - buffer.length)
  }
  return rest
}
