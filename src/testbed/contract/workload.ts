import type { PodSpec } from './pod.js'

/** Pods that one controller keeps. */
export interface Workload {
  readonly kind: 'DaemonSet' | 'StatefulSet' | 'Deployment'
  readonly name: string
  /**
   * Of a DaemonSet one for each node, equal but for name and node; else its replicas, `<name>-0` and so on, equal but
   * for name, node and claim. Where a replica is, only its pod knows: `node` is where the first one is to start.
   */
  readonly pods: readonly PodSpec[]
  /** Its pods go on through every taint of their node. */
  readonly tolerateTaints?: boolean
  /** A pod is ready when it takes connections at this port; absent: when its container runs. */
  readonly readinessPort?: number
  /** So many of its pods an eviction leaves alone. */
  readonly minAvailable?: number
  /** No two of its pods on one node, or all on the first one's as long as that takes them. Absent: anywhere. */
  readonly affinity?: 'apart' | 'together'
}
