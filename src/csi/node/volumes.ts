import { lstat, mkdir, readFile, rmdir } from 'node:fs/promises'
import { volumesDirectory } from '../names.js'
import {
  mountAt,
  parseMountTable,
  sourceOf,
  volumeMounts,
  type Mount,
  type VolumeMount,
} from '../mount-table.js'
import { bind, makeReadOnly, unmount } from './bind.js'
import type { PublishRequest, StageRequest, UnpublishRequest, UnstageRequest } from './requests.js'
import { CallError } from './services.js'

/** What a node does with volumes. The mount table alone says what has been done: nothing is remembered. */
export interface NodeVolumes {
  /** Mounts a volume where kubelet has it once for the node. */
  stage(request: StageRequest): Promise<void>
  unstage(request: UnstageRequest): Promise<void>
  /** Mounts a staged volume for a pod. */
  publish(request: PublishRequest): Promise<void>
  unpublish(request: UnpublishRequest): Promise<void>
}

interface Table {
  readonly mounts: readonly Mount[]
  readonly volumes: readonly VolumeMount[]
}

/** Of the volumes in a directory that all nodes share. All calls may be repeated; they throw CallError. */
export function createNodeVolumes(shared: string): NodeVolumes {
  async function readTable(): Promise<Table> {
    const mounts = parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'))
    return { mounts, volumes: volumeMounts(mounts, sourceOf(mounts, shared)) }
  }

  async function directoryOf(volume: string): Promise<string> {
    const path = `${volumesDirectory(shared)}/${volume}`
    const found = await lstat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (found?.isDirectory()) return path
    throw new CallError('NOT_FOUND', `there is no volume ${volume}`)
  }

  async function remove(volume: string, path: string): Promise<void> {
    for (let found = onTop(await readTable(), path); found !== undefined;) {
      if (volumeOf(found) !== volume) {
        throw new CallError('FAILED_PRECONDITION', `what is mounted at ${path} is not ${volume}`)
      }
      await unmount(path)
      found = onTop(await readTable(), path)
    }
  }

  return {
    async stage({ volumeId, stagingTargetPath: path }) {
      const directory = await directoryOf(volumeId)
      if (isThere(await readTable(), volumeId, path) === undefined) await bind(directory, path)
    },
    unstage: ({ volumeId, stagingTargetPath }) => remove(volumeId, stagingTargetPath),
    async publish({ volumeId, stagingTargetPath, targetPath: path, readonly }) {
      await directoryOf(volumeId)
      const table = await readTable()
      const staged = onTop(table, stagingTargetPath)
      if (staged === undefined || volumeOf(staged) !== volumeId) {
        const where = stagingTargetPath === '' ? 'no path' : stagingTargetPath
        throw new CallError('FAILED_PRECONDITION', `${volumeId} is not staged at ${where}`)
      }
      const there = isThere(table, volumeId, path)
      if (there?.readOnly === true && !readonly) {
        throw new CallError('ALREADY_EXISTS', `${volumeId} is at ${path} already, to be read only`)
      }
      if (there === undefined) {
        await makeDirectory(path)
        await bind(stagingTargetPath, path)
      }
      // Whoever was killed between both steps left it writable.
      if (readonly && there?.readOnly !== true) await makeReadOnly(path)
    },
    async unpublish({ volumeId, targetPath }) {
      await remove(volumeId, targetPath)
      await rmdir(targetPath).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
    },
  }
}

/** What is mounted at a path, whatever it is. */
function onTop({ mounts, volumes }: Table, path: string): Mount | VolumeMount | undefined {
  const mount = mountAt(mounts, path)
  return volumes.find(({ id }) => id === mount?.id) ?? mount
}

const volumeOf = (mount: Mount | VolumeMount): string | undefined =>
  'volume' in mount ? mount.volume : undefined

/** The mount of this volume at this path; undefined where nothing is mounted there. Throws where it is something else. */
function isThere(table: Table, volume: string, path: string): Mount | undefined {
  const found = onTop(table, path)
  if (found === undefined || volumeOf(found) === volume) return found
  throw new CallError(
    'ALREADY_EXISTS',
    `something else is mounted at ${path}: ${volumeOf(found) ?? found.root}`,
  )
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
