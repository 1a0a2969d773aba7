import { rm } from 'node:fs/promises'
import { dockerOutput } from '../docker/docker.js'
import { ownedContainers, removeOwned, type OwnedObject } from '../docker/owned.js'
import { GaplessError, messageOf } from '../errors.js'
import { clusterDirectory, volumesDirectory } from './state-directory.js'

/**
 * Removes what Docker has of an owner, and what is kept of its cluster: its shared volumes, too. Throws like `docker`,
 * and 'instrument' where a directory stays.
 */
export async function removeClusterOf(owner: string): Promise<readonly OwnedObject[]> {
  const [container] = await ownedContainers(owner)
  const image = container?.image
  const removed = await removeOwned(owner)
  await removeDirectory(owner).catch(async (error: unknown) => {
    if (!isRefused(error) || image === undefined) throw stays(owner, error)
    await emptyAsRoot(volumesDirectory(owner), image)
    await removeDirectory(owner)
  })
  return removed
}

const removeDirectory = (owner: string): Promise<void> =>
  rm(clusterDirectory(owner), { recursive: true, force: true, maxRetries: 3 })

/** What pods wrote is root's, as Docker's containers are, and this user may be somebody else. */
async function emptyAsRoot(directory: string, image: string): Promise<void> {
  await dockerOutput([
    ...['run', '--rm', '--network', 'none', '--security-opt', 'label=disable'],
    ...['--volume', `${directory}:/volumes`, '--entrypoint', 'find'],
    ...[image, '/volumes', '-mindepth', '1', '-delete'],
  ])
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM'].includes(String(error.code))
}

function stays(owner: string, cause: unknown): GaplessError {
  const directory = clusterDirectory(owner)
  return new GaplessError(`${directory} cannot be removed: ${messageOf(cause)}`, {
    code: 'instrument',
    cause,
    command: `sudo rm -rf ${directory}`,
  })
}
