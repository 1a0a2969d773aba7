import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { unmountBelow } from '../../../processes/mounts.js'
import type { PodSpec } from '../../contract.js'
import {
  containerLogsPath,
  formerLogsPath,
  logLinkPath,
  podLogsPath,
  podRunPath,
  podStatePath,
} from '../layout.js'

export interface RemovalPlace {
  readonly directory: string
  readonly nodeRoot: string
}

export interface PodToRemove {
  readonly spec: PodSpec
  readonly uid: string
}

/**
 * Removes the logs of one dead container as kubelet does, current and rotated files and the symlink; returns the
 * files. The pipeline's own logs are moved out of the node instead, as they explain a run; of an app's logs nothing
 * is kept, so that what is gone for the pipeline is gone.
 */
export async function removeContainerLogs(
  pod: PodToRemove,
  container: { readonly id: string; readonly restartCount: number },
  place: RemovalPlace,
): Promise<readonly string[]> {
  const identity = { ...pod.spec, uid: pod.uid }
  const directory = containerLogsPath(place.nodeRoot, identity)
  const current = `${container.restartCount}.log`
  await rm(logLinkPath(place.nodeRoot, identity, container.id), { force: true })
  const names = (await readdir(directory)).filter(
    (name) => name === current || name.startsWith(`${current}.`),
  )
  const files = names.map((name) => join(directory, name))
  for (const file of files) {
    if (pod.spec.role === 'app') await rm(file, { force: true })
    else await move(file, join(formerLogsPath(place.directory, identity), basename(file)))
  }
  return files
}

/** Removes what a deleted pod had on its node: what is left of its logs, its emptyDirs, its root directory. */
export async function removePodDirectories(pod: PodToRemove, place: RemovalPlace): Promise<void> {
  const identity = { ...pod.spec, uid: pod.uid }
  for (const directory of [
    podLogsPath(place.nodeRoot, identity),
    podStatePath(place.nodeRoot, pod.uid),
    podRunPath(place.nodeRoot, pod.spec),
  ]) {
    await unmountBelow(directory)
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
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
