import { sharedVolumesPath } from '../../csi/names.js'
import type { NodeFile, NodeFiles } from '../contract.js'
import type { Machine } from './machine.js'

/**
 * A machine's disk. What every machine has is read through the control plane's, which no fault hits: it is there whether
 * or not this one is on, and whether or not any has the volume attached.
 */
export function filesOfMachine(machine: Machine, controlPlane: Pick<Machine, 'files'>): NodeFiles {
  const own = machine.files
  const diskOf = (path: string) => (isShared(path) ? controlPlane.files : own)
  return {
    list: (directory, options): Promise<readonly NodeFile[]> => diskOf(directory).list(directory, options),
    read: (path) => diskOf(path).read(path),
    async copy(files, options) {
      await own.copy(
        files.filter(({ from }) => !isShared(from)),
        options,
      )
      await controlPlane.files.copy(
        files.filter(({ from }) => isShared(from)),
        options,
      )
    },
  }
}

const isShared = (path: string) => path === sharedVolumesPath || path.startsWith(`${sharedVolumesPath}/`)
