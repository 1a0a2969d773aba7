import { type Cluster, type NodeFile, type NodeFiles, type Pod } from '../testbed/contract.js'

/** The files of a pod, on its node's disk, by paths in its container. */
export interface PodFiles {
  /** Regular files below a directory; [] where there is none, and of a pod that was deleted. */
  list(mountPath: string): Promise<readonly NodeFile[]>
  readonly disk: NodeFiles
}

export function filesOf(pod: Pod, cluster: Cluster): PodFiles {
  const disk = cluster.files(pod.spec.node)
  const list = (mountPath: string) => {
    const directory = resolved(pod, mountPath)
    return directory === undefined ? Promise.resolve([]) : disk.list(directory)
  }
  return { disk, list }
}

/** Where a path in a pod leads to; nowhere when the pod was deleted, or where it is on none of its volumes. */
export function resolved(pod: Pod, mountPath: string): string | undefined {
  try {
    return pod.resolve(mountPath)
  } catch {
    return undefined
  }
}
