import { open, readFile } from 'node:fs/promises'
import { positionPath, statePath } from '../pipeline/buffer.js'
import { type Plan } from '../scenario/plan.js'
import { type Pod } from '../testbed/contract.js'
import { filesBelow, filesIn, resolved } from './files.js'

export interface TailPosition {
  readonly path: string
  /** Bytes read so far; null where in_tail has let go of the file. */
  readonly readBytes: number | null
  readonly inode: number
}

const unwatched = 'ffffffffffffffff'

/** Of a file that is not there, []. */
export async function readPositionFile(file: string): Promise<TailPosition[]> {
  return parsePositions(await readFile(file, 'utf8').catch(() => ''))
}

/**
 * What in_tail's pos_file says: a line per file, `path TAB position TAB inode`, both numbers sixteen hexadecimal
 * digits. A later line for the same inode is the newer one.
 */
export function parsePositions(text: string): TailPosition[] {
  return text
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length === 3)
    .map(([path = '', position = '', inode = '']) => ({
      path,
      readBytes: position === unwatched ? null : Number.parseInt(position, 16),
      inode: Number.parseInt(inode, 16),
    }))
}

const positionLine = /^[^\t\n]+\t[0-9a-f]{16}\t[0-9a-f]{16}\n/

/**
 * The position files of a forwarder; null where it keeps none, so that how far it has read is not known. In a
 * configuration of the user's own they can be called anything, on its state volume or beside the logs.
 */
export async function positionFilesOf({ knobs }: Pick<Plan, 'knobs'>, pod: Pod): Promise<string[] | null> {
  if (knobs['forwarder.config'] === '') {
    return knobs['forwarder.posFile'] ? [resolved(pod, positionPath)] : null
  }
  const files = [
    ...(await filesBelow(resolved(pod, statePath))),
    ...(await filesIn(resolved(pod, '/var/log'))),
  ]
  const found = await Promise.all(files.map(async (file) => positionLine.test(await headOf(file))))
  return found.includes(true) ? files.filter((_, index) => found[index]) : null
}

/** Its first bytes: enough for a line of a position file, as a path has at most 4096. '' where it is gone. */
async function headOf(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(4200), position: 0 })
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return ''
  }
}
