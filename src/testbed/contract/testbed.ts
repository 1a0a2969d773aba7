import type { ClusterTimings } from '../kubernetes/timings.js'
import type { Cluster } from './cluster.js'
import type { Storage } from './pod.js'

/** What a scenario may ask of a testbed. A scenario that asks for more than there is gets skipped, with the reason. */
export type Capability =
  | 'signal-processes' // signals to single processes of a container
  | 'hold-restart' // a container that ended can be kept from being restarted
  | 'node-files' // a node's files are files of this machine, and can be changed
  | 'rwo-volumes' // volumes that one node at a time can attach
  | 'rwx-volumes' // volumes that several nodes can mount at the same time
  | 'pod-deletion' // pods can be deleted, and created again on a node that is named
  | 'rotate-logs' // a container's log can be rotated on demand
  | 'limited-volumes' // a volume can be given a size that the kernel enforces
  | 'shared-volumes' // a second pod of the same node can be given a claim that is attached
  | 'replicas' // a workload can have several pods behind one Service
  | 'kubernetes' // there are an API server, kubelets, controllers, and nodes that are machines
  | 'k0s' // a node's kubelet and containerd are children of k0s, which is a service of its own
  | 'containerd-service' // containerd is a service of its own: kubelet runs on without it
  | 'out-of-service-taint' // the taint by which Kubernetes detaches the volumes of a node that is off

export interface ContainerLogPolicy {
  /** kubelet's containerLogMaxSize. Default 10 MiB. */
  readonly maxBytes: number
  /** kubelet's containerLogMaxFiles, current one included. Default 5. */
  readonly maxFiles: number
}

export interface ProvisionOptions {
  readonly runId: string
  /** A directory of this run's own, absent or empty. */
  readonly directory: string
  readonly nodes: readonly string[]
  readonly logPolicy: ContainerLogPolicy
  /** Where the testbed has 'kubernetes'. */
  readonly timings?: ClusterTimings
  /** Of the claims that there will be; absent: none needs any in particular. */
  readonly storage?: Storage
  /** What the part of a node's disk holds that logs, buffers and volumes are on. Where there is 'kubernetes'. */
  readonly nodeDiskBytes?: number
  readonly signal: AbortSignal
  /** What pods will be run from, as far as it is known, where the testbed runs images: time to fetch them. */
  readonly images?: readonly string[]
  /** What faults will put on nodes in the place of their k0s; undefined: what is set to upgrade to. Where there is 'k0s'. */
  readonly k0sVersions?: readonly (string | undefined)[]
  /** What it is at, in a few words, where that takes longer than somebody would wait in silence. */
  readonly onProgress?: (text: string) => void
}

export interface DoctorFinding {
  readonly what: string
  readonly ok: boolean
  /** It will do, and may not always. */
  readonly warning?: true
  /** What was found, or what is missing. */
  readonly found: string
  /** How to get it, a command where there is one. */
  readonly remedy?: string
}

export interface ImageOf {
  readonly version: string
  readonly image: string
}

export interface Testbed {
  readonly name: string
  /** One line for `gapless list` and `doctor`. */
  readonly description: string
  /** What is not the real thing here, one sentence each; printed in every report. */
  readonly emulated: readonly string[]
  readonly capabilities: ReadonlySet<Capability>
  /** Which image Fluentd is run from; absent: pods run the one that is installed on this machine. */
  readonly fluentdImage?: (requested: string | undefined) => ImageOf
  provision(options: ProvisionOptions): Promise<Cluster>
  /** Deletes the cluster that outlasts runs, once no run has it; false where there is none. Absent: none ever is. */
  readonly removeWarm?: (options: { readonly onProgress?: (text: string) => void }) => Promise<boolean>
}
