import path from 'node:path'
import { positionPaths, statePath } from '../pipeline/buffer.js'
import { type Knobs } from '../scenario/knobs.js'
import { type Plan } from '../scenario/plan.js'
import { type Cluster, type NodeFiles, type Pod } from '../testbed/contract.js'
import { filesOf, resolved } from './files.js'

export interface TailPosition {
  readonly path: string
  /** Bytes read so far; null where in_tail has let go of the file. */
  readonly readBytes: number | null
  readonly inode: number
}

const unwatched = 'ffffffffffffffff'

/** Of files that are not there, []. */
export async function readPositionFiles(disk: NodeFiles, files: readonly string[]): Promise<TailPosition[]> {
  const texts = await Promise.all(files.map((file) => disk.read(file)))
  return texts.flatMap((text) => parsePositions(text ?? ''))
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
    .map(([file = '', position = '', inode = '']) => ({
      path: file,
      readBytes: position === unwatched ? null : Number.parseInt(position, 16),
      inode: Number.parseInt(inode, 16),
    }))
}

/** Those of a configuration of ours, where its pod is anywhere. */
export function ownPositionFiles(pod: Pod, knobs: Knobs): string[] {
  return positionPaths(knobs)
    .map((file) => resolved(pod, file))
    .filter((file) => file !== undefined)
}

const positionLine = /^[^\t\n]+\t[0-9a-f]{16}\t[0-9a-f]{16}\n/

/** A position file grows by a line per file; what is larger than this is something else. */
const largestBytes = 1024 * 1024

/**
 * The position files of a forwarder; null where it keeps none, so that how far it has read is not known. In a
 * configuration of the user's own they can be called anything, on its state volume or beside the logs.
 */
export async function positionFilesOf(
  { knobs }: Pick<Plan, 'knobs'>,
  pod: Pod,
  cluster: Cluster,
): Promise<string[] | null> {
  if (knobs['forwarder.config'] === '') {
    return knobs['forwarder.posFile'] ? ownPositionFiles(pod, knobs) : null
  }
  const { disk, list } = filesOf(pod, cluster)
  const logs = resolved(pod, '/var/log')
  const beside = (await list('/var/log')).filter(({ path: file }) => path.dirname(file) === logs)
  const candidates = [...(await list(statePath)), ...beside].filter(({ bytes }) => bytes <= largestBytes)
  const found = await Promise.all(
    candidates.map(async (file) => positionLine.test((await disk.read(file.path)) ?? '')),
  )
  return found.includes(true) ? candidates.filter((_, index) => found[index]).map((file) => file.path) : null
}
