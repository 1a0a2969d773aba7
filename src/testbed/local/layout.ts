import { join } from 'node:path'

/** Where things are in a node's file system, as on a node of Kubernetes. All paths are of the host. */

export interface PodIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly container: string
}

/** Below the testbed's directory: one directory per node, and these two beside them. */
export function claimPath(testbed: string, claim: string): string {
  return join(testbed, 'volumes', claim)
}

/** The names of pods, for those that resolve them. */
export function namesPath(testbed: string): string {
  return join(testbed, 'hosts')
}

/** Logs that kubelet has removed from the node, kept for reading: `<pod>/<uid>/<restart count>.log…`. */
export function formerLogsPath(testbed: string, pod: Pick<PodIdentity, 'name' | 'uid'>): string {
  return join(testbed, 'former-logs', pod.name, pod.uid)
}

/** What kubelet removed that the pipeline's lines may have been in: copies, as evidence. Nothing on a node sees them. */
export function removedPath(testbed: string, pod: Pick<PodIdentity, 'name' | 'uid'>): string {
  return join(testbed, 'removed', pod.name, pod.uid)
}

export function podRunPath(nodeRoot: string, pod: Pick<PodIdentity, 'name'>): string {
  return join(nodeRoot, 'run', 'containers', pod.name)
}

/** A container's root directory, made anew each time it starts. */
export function rootfsPath(nodeRoot: string, pod: Pick<PodIdentity, 'name'>): string {
  return join(podRunPath(nodeRoot, pod), 'rootfs')
}

export function podStatePath(nodeRoot: string, uid: string): string {
  return join(nodeRoot, 'var', 'lib', 'kubelet', 'pods', uid)
}

export function emptyDirPath(nodeRoot: string, uid: string, volume: string): string {
  return join(podStatePath(nodeRoot, uid), 'volumes', 'kubernetes.io~empty-dir', volume)
}

export function podLogsName(pod: PodIdentity): string {
  return `${pod.namespace}_${pod.name}_${pod.uid}`
}

export function podLogsPath(nodeRoot: string, pod: PodIdentity): string {
  return join(nodeRoot, 'var', 'log', 'pods', podLogsName(pod))
}

/** The directory of `<restart count>.log` and its rotated files. */
export function containerLogsPath(nodeRoot: string, pod: PodIdentity): string {
  return join(podLogsPath(nodeRoot, pod), pod.container)
}

/** The symlink that log collectors follow. */
export function logLinkPath(nodeRoot: string, pod: PodIdentity, containerId: string): string {
  const name = `${pod.name}_${pod.namespace}_${pod.container}-${containerId}.log`
  return join(nodeRoot, 'var', 'log', 'containers', name)
}

/** What that symlink says: relative, so that it leads to the same file from wherever the node is mounted. */
export function logLinkTarget(pod: PodIdentity, restartCount: number): string {
  return join('..', 'pods', podLogsName(pod), pod.container, `${restartCount}.log`)
}
