import { bufferPath, rootPath, secondaryPath, statePath } from '../pipeline/buffer.js'
import path from 'node:path'
import { describeTarget, type FluentdTarget } from '../scenario/target.js'
import { type NodeFiles } from '../testbed/contract.js'

/** Where in a Fluentd's container lines can be in files: all of it is on its state volume. */
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
 * directory of a path in its container, on `disk`, where there is one.
 */
export async function statePlaces(
  target: FluentdTarget,
  resolve: (directory: string) => string | undefined,
  disk: Pick<NodeFiles, 'list'>,
): Promise<StateFile[]> {
  const state = resolve(statePath)
  if (state === undefined) return []
  const all = await disk.list(state)
  const seen = new Set<string>()
  return places.flatMap(({ name: place, directory }) => {
    const from = resolve(directory)
    if (from === undefined) return []
    const station = `${place} of the ${describeTarget(target)}`
    return all.flatMap(({ path: file, bytes }): StateFile[] => {
      const name = path.relative(from, file)
      if (seen.has(file) || name.startsWith('..')) return []
      seen.add(file)
      return [{ station, place, file, bytes, name }]
    })
  })
}
