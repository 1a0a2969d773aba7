import { statfsSync } from 'node:fs'
import { GaplessError, isGaplessError, messageOf } from '../errors.js'

/** With less than this nothing that a pipeline does can be relied on. */
const leastBytes = 64 * 1024

/**
 * Throws 'store-not-writable' where the disk of a run is full. Node logs drop what they cannot write, as containerd's
 * do, so a run that went on would blame the pipeline for lines that this machine lost.
 */
export function checkRoom(directory: string): void {
  const { bsize, bavail, bfree } = statfsSync(directory)
  const blocks = process.getuid?.() === 0 ? bfree : bavail
  if (blocks * bsize < leastBytes) throw notWritable(directory, 'no space left on its disk')
}

/** What an error means for a run: the full disk behind it where there is one, else the error itself. */
export function storeErrorBehind(error: unknown, directory: string): Error {
  if (isGaplessError(error) && ['store-not-writable', 'interrupted'].includes(error.code)) return error
  try {
    checkRoom(directory)
  } catch (full) {
    if (full instanceof GaplessError) return full
  }
  const said = messageOf(error)
  if (/\b(ENOSPC|EDQUOT|EROFS|EFBIG)\b/.test(said)) return notWritable(directory, said, error)
  return error instanceof Error ? error : new Error(said)
}

export function notWritable(directory: string, why: string, cause?: unknown): GaplessError {
  return new GaplessError(`cannot write to ${directory}: ${why}`, {
    code: 'store-not-writable',
    hint: 'Check permissions and free space, or choose another place with --out DIR.',
    cause,
  })
}
