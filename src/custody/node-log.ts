import { stat } from 'node:fs/promises'
import path from 'node:path'
import { filesBelow } from './files.js'
import { readPositionFile, type TailPosition } from './position-file.js'

/** A file of a container's log, and how far the forwarder has read it by its own account. */
export interface LogFile {
  readonly file: string
  readonly bytes: number
  readonly inode: number
  /** 0 where the position file does not know it: it was never read, or it was compressed since. */
  readonly readBytes: number
  /** The forwarder will read on here: the current file of a container, or one that it has a position for. */
  readonly followed: boolean
}

/** The log files of a node's applications (current, rotated and compressed), with how far they have been read. */
export async function nodeLogFiles(nodeRoot: string, positionFiles: readonly string[]): Promise<LogFile[]> {
  const entries = (await Promise.all(positionFiles.map(readPositionFile))).flat()
  const positions = new Map(entries.map((entry) => [entry.inode, entry]))
  const pods = path.join(nodeRoot, 'var/log/pods')
  // The forwarder leaves Fluentd's own logs out, and so does whoever asks what it has read.
  const files = (await filesBelow(pods)).filter((file) => path.relative(pods, file).startsWith('default_'))
  const logs = await Promise.all(files.map((file) => logFile(file, positions)))
  return logs.filter((log) => log !== undefined)
}

async function logFile(
  file: string,
  positions: ReadonlyMap<number, TailPosition>,
): Promise<LogFile | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (!found) return undefined
  const position = positions.get(found.ino)
  // A file that in_tail let go of after rotate_wait was read to its end as it then was.
  const readBytes = position === undefined ? 0 : (position.readBytes ?? found.size)
  return {
    file,
    bytes: found.size,
    inode: found.ino,
    readBytes: Math.min(readBytes, found.size),
    followed: position !== undefined || file.endsWith('.log'),
  }
}
