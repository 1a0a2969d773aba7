import { type Cluster, type NodeFile, type NodeFiles, type Pod } from '../testbed/contract.js'

/** The files of a pod, on its node's disk, by paths in its container. */
export interface PodFiles {
  /** Regular files below a directory; [] where there is none, and of a pod that was deleted. */
  list(mountPath: string): Promise<readonly NodeFile[]>
  readonly disk: NodeFiles
}

export function filesOf(pod: Pod, cluster: Cluster): PodFiles {
  const disk = cluster.files(pod.spec.node)
  return { disk, list: (mountPath) => disk.list(resolved(pod, mountPath)) }
}

/** Where a path in a pod leads to; somewhere that does not exist when the pod was deleted. */
export function resolved(pod: Pod, mountPath: string): string {
  try {
    return pod.resolve(mountPath)
  } catch {
    return '/nonexistent'
  }
}
