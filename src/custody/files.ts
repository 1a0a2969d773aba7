import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { type Pod } from '../testbed/contract.js'

/** Regular files below a directory, sorted; [] where there is none. Symlinks are not followed. */
export async function filesBelow(directory: string): Promise<string[]> {
  return regularFiles(directory, true)
}

/** Those that are in it themselves. */
export async function filesIn(directory: string): Promise<string[]> {
  return regularFiles(directory, false)
}

async function regularFiles(directory: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(directory, { recursive, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}

/** Where a path in a pod leads to; somewhere that does not exist when the pod was deleted. */
export function resolved(pod: Pod, mountPath: string): string {
  try {
    return pod.resolve(mountPath)
  } catch {
    return '/nonexistent'
  }
}
