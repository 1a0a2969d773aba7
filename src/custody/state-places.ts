import { bufferPath, rootPath, secondaryPath, statePath } from '../pipeline/buffer.js'
import path from 'node:path'
import { describeTarget, type PodTarget } from '../scenario/target.js'
import { type NodeFiles } from '../testbed/contract.js'

/** Where in a Fluentd's container lines can be in files. */
const places = [
  { name: 'buffer', directory: bufferPath },
  { name: 'secondary', directory: secondaryPath },
  { name: 'backup of bad chunks', directory: path.posix.join(rootPath, 'backup') },
  // A configuration of the user's own keeps its chunks wherever it likes.
  { name: 'state volume', directory: statePath },
] as const

export interface StateFile {
  /** "buffer of the aggregator" */
  readonly station: string
  readonly place: string
  readonly file: string
  readonly bytes: number
  /** Relative to the place. */
  readonly name: string
}

/**
 * The files of a Fluentd's buffer, secondary and backup, and whatever else is on its state volume. `resolve` gives the
 * directory of a path in its container, on `disk`.
 */
export async function statePlaces(
  target: PodTarget,
  resolve: (directory: string) => string,
  disk: Pick<NodeFiles, 'list'>,
): Promise<StateFile[]> {
  const seen = new Set<string>()
  const found: StateFile[] = []
  for (const { name: place, directory } of places) {
    const from = resolve(directory)
    for (const { path: file, bytes } of await disk.list(from)) {
      if (seen.has(file)) continue
      seen.add(file)
      const station = `${place} of the ${describeTarget(target)}`
      found.push({ station, place, file, bytes, name: path.relative(from, file) })
    }
  }
  return found
}
