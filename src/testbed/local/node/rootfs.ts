import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { PodSpec, VolumeSpec } from '../../contract.js'
import { claimPath, emptyDirPath, rootfsPath } from '../layout.js'
import type { LimitedVolumes } from './limited-volumes.js'

export interface RootPlace {
  /** The testbed's directory. */
  readonly directory: string
  readonly nodeRoot: string
  readonly uid: string
}

/** Puts the container's root directory in the place of `${ROOT}`. */
export function withRoot(text: string, root: string): string {
  return text.replaceAll('${ROOT}', () => root)
}

/**
 * Makes a container's root directory: empty but for its volumes (as symlinks) and its files. It is made anew at every
 * start, as a container's writable layer is; only volumes outlive a restart.
 */
export async function buildRoot(spec: PodSpec, place: RootPlace, limited: LimitedVolumes): Promise<string> {
  const root = rootfsPath(place.nodeRoot, spec)
  await rm(root, { recursive: true, force: true, maxRetries: 3 })
  await mkdir(join(root, 'tmp'), { recursive: true })
  for (const volume of spec.volumes) {
    const target = volumePath(volume, place)
    const mountPoint = join(root, volume.mountPath)
    if (volume.sizeLimitBytes === undefined) await mkdir(target, { recursive: true })
    else await limited.ensure(target, volume.sizeLimitBytes)
    await mkdir(dirname(mountPoint), { recursive: true })
    // /tmp is there already, and may be a volume.
    await rm(mountPoint, { recursive: true, force: true })
    await symlink(target, mountPoint)
  }
  for (const [path, text] of Object.entries(spec.files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), withRoot(text, root))
  }
  return root
}

/** The directory of the host that holds a volume's data. */
export function volumePath(volume: VolumeSpec, place: RootPlace): string {
  switch (volume.source.type) {
    case 'hostPath':
      return join(place.nodeRoot, volume.source.path)
    case 'emptyDir':
      return emptyDirPath(place.nodeRoot, place.uid, volume.name)
    case 'persistentVolumeClaim':
      return claimPath(place.directory, volume.source.claimName)
  }
}

/** Where a path in the container is on the host: in the volume that is mounted there, else in its root directory. */
export function resolveInContainer(spec: PodSpec, place: RootPlace, path: string): string {
  for (const volume of spec.volumes) {
    const rest = relative(volume.mountPath, path)
    if (!rest.startsWith('..')) return join(volumePath(volume, place), rest)
  }
  return join(rootfsPath(place.nodeRoot, spec), path)
}
