import { readFile } from 'node:fs/promises'

export interface TailPosition {
  readonly path: string
  /** Bytes read so far; null where in_tail has let go of the file. */
  readonly readBytes: number | null
  readonly inode: number
}

const unwatched = 'ffffffffffffffff'

/**
 * What in_tail's pos_file says: a line per file, `path TAB position TAB inode`, both numbers sixteen hexadecimal
 * digits. A later line for the same inode is the newer one. [] where there is no such file.
 */
export async function readPositionFile(file: string): Promise<TailPosition[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
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
