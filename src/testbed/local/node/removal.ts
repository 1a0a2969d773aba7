import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { messageOf } from '../../../errors.js'
import type { PodSpec } from '../../contract.js'
import {
  containerLogsPath,
  emptyDirPath,
  formerLogsPath,
  logLinkPath,
  podLogsPath,
  podRunPath,
  podStatePath,
  removedPath,
} from '../layout.js'
import type { LimitedVolumes } from './limited-volumes.js'

export interface RemovalPlace {
  readonly directory: string
  readonly nodeRoot: string
  readonly limitedVolumes: LimitedVolumes
}

export interface PodToRemove {
  readonly spec: PodSpec
  readonly uid: string
}

/** The log files of one dead container, current and rotated, whose symlink is removed. */
export async function removeContainerLinks(
  pod: PodToRemove,
  container: { readonly id: string; readonly restartCount: number },
  place: RemovalPlace,
): Promise<readonly string[]> {
  const identity = { ...pod.spec, uid: pod.uid }
  const directory = containerLogsPath(place.nodeRoot, identity)
  const current = `${container.restartCount}.log`
  await rm(logLinkPath(place.nodeRoot, identity, container.id), { force: true })
  const names = await readdir(directory)
  return names
    .filter((name) => name === current || name.startsWith(`${current}.`))
    .map((name) => join(directory, name))
}

/**
 * Removes a log file as kubelet does. Of an app's file a copy is kept where no node sees it, to tell what was in it:
 * the file itself has to go, as its inode is free again then. The pipeline's own logs explain a run, and are moved.
 */
export async function removeLogFile(
  pod: PodToRemove,
  file: string,
  place: RemovalPlace,
): Promise<{ readonly inode?: number; readonly kept?: string }> {
  const identity = { ...pod.spec, uid: pod.uid }
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return {}
  if (pod.spec.role !== 'app') {
    await move(file, join(formerLogsPath(place.directory, identity), basename(file)))
    return { inode: found.ino }
  }
  const kept = join(removedPath(place.directory, identity), basename(file))
  const copied = await copyTo(file, kept)
  await rm(file, { force: true })
  return { inode: found.ino, ...(copied && { kept }) }
}

/** Removes what a deleted pod had on its node: what is left of its logs, its emptyDirs, its root directory. */
export async function removePodDirectories(
  pod: PodToRemove,
  place: RemovalPlace,
): Promise<{ readonly kept?: string }> {
  const identity = { ...pod.spec, uid: pod.uid }
  const kept = join(removedPath(place.directory, identity), 'volumes')
  const volumes = pod.spec.volumes.filter(({ source }) => source.type === 'emptyDir')
  for (const { name } of volumes) {
    await copyFiles(emptyDirPath(place.nodeRoot, pod.uid, name), join(kept, name))
  }
  for (const directory of [
    podLogsPath(place.nodeRoot, identity),
    podStatePath(place.nodeRoot, pod.uid),
    podRunPath(place.nodeRoot, pod.spec),
  ]) {
    await place.limitedVolumes.endBelow(directory)
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  return volumes.length > 0 ? { kept } : {}
}

/** Regular files only: nothing was ever in a socket. */
async function copyFiles(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries.filter((found) => found.isFile())) {
    const file = join(entry.parentPath, entry.name)
    await copyTo(file, join(to, relative(from, file)))
  }
}

/** Whether there was room for it: what has to be removed goes in any case. */
async function copyTo(from: string, to: string): Promise<boolean> {
  try {
    await mkdir(dirname(to), { recursive: true })
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    return true
  } catch (error) {
    process.stderr.write(`${from} is not kept: ${messageOf(error)}\n`)
    return false
  }
}

/** Copies where a rename is not possible, as from a node directory that is a mount of its own. */
async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  try {
    await rename(from, to)
  } catch {
    await copyFile(from, to)
    await rm(from)
  }
}
