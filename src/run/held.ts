import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { RangeSet } from '../account/range-set.js'
import { filesOf } from '../custody/files.js'
import { scanFile, type FoundRanges } from '../custody/scan-file.js'
import { type Held } from '../faults/fault.js'
import { type Plan } from '../scenario/plan.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { thisMachine } from '../testbed/this-machine.js'

/** What there is of a run in files, found by scanning bytes. */
export interface Holdings {
  inFiles(files: readonly string[]): Promise<Held>
  /** In all files below a directory of this machine. */
  below(directory: string): Promise<Held>
  /** Below a path in a pod, on whatever that is. */
  byPod(pod: Pod, mountPath: string): Promise<Held>
}

export function holdings({ runToken }: Pick<Plan, 'runToken'>, cluster: Cluster): Holdings {
  async function inFiles(files: readonly string[]): Promise<Held> {
    const found: FoundRanges = new Map()
    let bytes = 0
    for (const file of files) {
      bytes += (await stat(file).catch(() => undefined))?.size ?? 0
      await scanFile(runToken, file, Infinity, found)
    }
    return { files: files.length, bytes, lines: distinctLines(found) }
  }

  const below = async (directory: string) =>
    inFiles((await thisMachine.list(directory)).map((file) => file.path))

  return {
    inFiles,
    below,
    async byPod(pod, mountPath) {
      const { disk, list } = filesOf(pod, cluster)
      const scratch = await mkdtemp(path.join(tmpdir(), 'gapless-held-'))
      try {
        const found = await list(mountPath)
        await disk.copy(
          found.map((file, index) => ({ from: file.path, to: path.join(scratch, String(index)) })),
        )
        return await below(scratch)
      } finally {
        await rm(scratch, { recursive: true })
      }
    },
  }
}

function distinctLines(found: FoundRanges): number {
  return [...found.values()].reduce((lines, ranges) => {
    const distinct = new RangeSet()
    for (const [first, last] of ranges) distinct.add(first, last)
    return lines + distinct.count
  }, 0)
}
