import type { EventEmitter } from 'node:events'
import type { CollectorClient } from '../collector/client.js'
import type { ProcessRef } from '../processes/process-ref.js'
import type { WireClient } from '../wire/client.js'
import type { Endpoint, Endpoints } from './endpoints.js'
import type { KubernetesApi } from './kubernetes/api.js'
import type { Machine } from './kubernetes/machine.js'
import type { ClusterTimings } from './kubernetes/timings.js'

export type { ProcessRef } from '../processes/process-ref.js'
export type { ClusterTimings } from './kubernetes/timings.js'

/**
 * What a testbed is: somewhere to run pods, with names and semantics that Kubernetes gives them. Faults, the
 * life of a run and the pipeline are written against this file only, never against a testbed's name.
 */

/** What a scenario may ask of a testbed. A scenario that asks for more than there is gets skipped, with the reason. */
export type Capability =
  | 'signal-processes' // signals to single processes of a container
  | 'hold-restart' // a container that ended can be kept from being restarted
  | 'node-files' // a node's files are files of this machine, and can be changed
  | 'rwo-volumes' // volumes that one node at a time can attach
  | 'pod-deletion' // pods can be deleted, and created again on a node that is named
  | 'rotate-logs' // a container's log can be rotated on demand
  | 'limited-volumes' // a volume can be given a size that the kernel enforces
  | 'shared-volumes' // a second pod of the same node can be given a claim that is attached
  | 'replicas' // a workload can have several pods behind one Service
  | 'kubernetes' // there are an API server, kubelets, controllers, and nodes that are machines

export type Role = 'app' | 'forwarder' | 'aggregator'

export type VolumeSource =
  | { readonly type: 'hostPath'; readonly path: string }
  | { readonly type: 'emptyDir' }
  | { readonly type: 'persistentVolumeClaim'; readonly claimName: string }

/** A regular file on a node's disk. */
export interface NodeFile {
  /** As `NodeFiles` takes it. */
  readonly path: string
  readonly bytes: number
  readonly inode: number
}

/** Reads what is on a node's disk from outside of its pods, whether or not anything runs there. */
export interface NodeFiles {
  /**
   * Regular files below a directory, sorted by path; [] where there is none. Symlinks are not followed, unless
   * `follow` is asked for: then they count as what they lead to.
   */
  list(directory: string, options?: { readonly follow?: boolean }): Promise<readonly NodeFile[]>
  /** The text of a small file; undefined where there is none. */
  read(path: string): Promise<string | undefined>
  /**
   * Copies files to this machine, byte for byte; what is gone by then is left out. `settled`: nothing writes to them
   * for now, and where that is cheaper a second name for them will do.
   */
  copy(
    files: readonly { readonly from: string; readonly to: string }[],
    options?: { readonly settled?: boolean },
  ): Promise<void>
}

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

export interface VolumeSpec {
  readonly name: string
  readonly mountPath: string
  readonly source: VolumeSource
  /** More than this the volume does not hold. Absent: as much as the disk has. Needs 'limited-volumes'. */
  readonly sizeLimitBytes?: number
}

/** One pod with one container, as far as log pipelines need it. */
export interface PodSpec {
  readonly name: string
  readonly namespace: string
  readonly role: Role
  readonly node: string
  readonly container: string
  /** Where the testbed runs images. */
  readonly image?: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /**
   * Files given to the container (as a ConfigMap would), by absolute path inside the container. `${ROOT}` in
   * their text, in `command` and in `env` stands for the container's root directory as processes see it.
   */
  readonly files: Readonly<Record<string, string>>
  readonly volumes: readonly VolumeSpec[]
  readonly terminationGracePeriodSeconds: number
  /** Run before the container is sent SIGTERM; counts against the grace period. */
  readonly preStop?: { readonly exec: readonly string[] } | { readonly sleepSeconds: number }
  readonly restartPolicy: 'Always' | 'Never'
  /** What its name, `<name>.<namespace>`, resolves to as long as it exists; for pods with `resolvesNames`. */
  readonly address?: string
  readonly resolvesNames?: boolean
}

export interface ContainerStatus {
  readonly state: 'waiting' | 'running' | 'terminated'
  /** As kubelet spells it: CrashLoopBackOff, Error, Completed … and Held, where a fault keeps it from restarting. */
  readonly reason?: string
  readonly containerId?: string
  readonly restartCount: number
  /** Every process in the container, its first process first. Empty unless running. */
  readonly processes: readonly ProcessRef[]
  readonly startedAtMs?: number
  readonly lastExit?: { readonly code: number | null; readonly signal: string | null; readonly atMs: number }
}

/** Which processes of a container: its first one, all descendants of it, or both. */
export type ProcessSelector = 'main' | 'workers' | 'all'

export interface Pod {
  readonly spec: PodSpec
  status(): Promise<ContainerStatus>
  /** Sends a signal; resolves to the processes that it was sent to. */
  signal(signal: NodeJS.Signals, to: ProcessSelector): Promise<readonly ProcessRef[]>
  /** From now on the container is not restarted when it ends (until `start`), where that can be: else false. */
  holdRestart(): Promise<boolean>
  /** Starts a container that is held or waiting in back-off, at once. Resolves when its process runs. */
  start(): Promise<void>
  /** preStop, SIGTERM, grace period, SIGKILL, and the container stays down until `start`. Its volumes stay. */
  stop(options?: { readonly gracePeriodSeconds?: number }): Promise<void>
  /** preStop, SIGTERM, grace period, SIGKILL; then the pod and its emptyDirs are gone. */
  delete(options?: { readonly gracePeriodSeconds?: number }): Promise<void>
  /**
   * Creates the pod again after `delete`, on the same node or another. The claims that it names move with it; with
   * `newVolumes` they stay behind, attached to no node, and it has empty ones by other names: there, where the testbed
   * has 'node-files'.
   */
  recreate(options?: { readonly node?: string; readonly newVolumes?: boolean }): Promise<void>
  /** The path on its node that a path in the container leads to. Throws where there is none, as of a deleted pod. */
  resolve(mountPath: string): string
  /** Pods that it was before and that have not come to their end, though another one has taken over. */
  former(): readonly FormerPod[]
  /** The text of an answer to GET at a port of the pod; null where there is none with status 2xx within a second. */
  get(endpoint: Endpoint, path: string): Promise<string | null>
  /** What the container wrote to stdout and stderr, all incarnations, newest last; at most `maxBytes` of it. */
  logs(options?: { readonly maxBytes?: number }): Promise<string>
}

export interface FormerPod {
  readonly name: string
  readonly node: string
  /** Whether anything still runs in it. */
  runs(): Promise<boolean>
  /** As of a pod. */
  resolve(mountPath: string): string
}

export interface TestbedEvents {
  /** A container started or ended, a pod began to end; a volume was attached or detached; log files were rotated. */
  readonly event: [event: TestbedEvent]
}

export type TestbedEvent =
  | {
      readonly type: 'container-started'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly containerId: string
      readonly pid: number
    }
  | {
      readonly type: 'container-exited'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly containerId: string
      readonly code: number | null
      readonly signal: string | null
    }
  | {
      readonly type: 'container-waiting'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly reason: string
      readonly forMs?: number
    }
  | {
      /** It was told to stop or is being deleted: a Service leads nobody to it any more, though it may run on for long. */
      readonly type: 'pod-terminating'
      readonly atMs: number
      readonly pod: string
      readonly node: string
    }
  | {
      readonly type: 'pod-deleted'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      /** A directory with what its emptyDirs held at last, `<volume>/…`: evidence that the pipeline cannot reach. */
      readonly kept?: string
    }
  | {
      readonly type: 'log-rotated'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly file: string
    }
  | {
      /** A rotated file was replaced by its compressed form, which is another file. */
      readonly type: 'log-compressed'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      /** Its new name, and the inode that it had before. */
      readonly file: string
      readonly inode: number
    }
  | {
      readonly type: 'log-removed'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly file: string
      readonly inode?: number
      /** A copy of all that was in it: evidence that the pipeline cannot reach. */
      readonly kept?: string
    }
  | { readonly type: 'volume-attached'; readonly atMs: number; readonly node: string; readonly claim: string }
  | { readonly type: 'volume-detached'; readonly atMs: number; readonly node: string; readonly claim: string }

export interface ContainerLogPolicy {
  /** kubelet's containerLogMaxSize. Default 10 MiB. */
  readonly maxBytes: number
  /** kubelet's containerLogMaxFiles, current one included. Default 5. */
  readonly maxFiles: number
}

/** A program of the instrument that runs beside the pipeline. */
export interface Instrument {
  /** Ends it in order; at once where it has ended. */
  stop(): Promise<void>
  /** Lets it run on when gapless ends. */
  detach(): Promise<void>
}

/** What measures a run, out of reach of what a fault can hit, and where the pipeline finds it. */
export interface Instruments {
  readonly collector: CollectorClient & Instrument & { readonly bootId: string }
  /** null: the scenario goes without it. */
  readonly tap: (WireClient & Instrument) | null
  readonly endpoints: Endpoints
}

export interface InstrumentsOptions {
  /** The run's token, as it stands in every marker. */
  readonly runToken: string
  /** Directories of this machine, made, without any ledgers yet. */
  readonly ledgers: { readonly collector: string; readonly wire: string }
  /** false: forwarders deliver to the collector. */
  readonly aggregator: boolean
  readonly tap: boolean
}

/** How an application's pod runs the emitter. */
export interface EmitterProgram {
  readonly image?: string
  readonly command: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

/** For faults of what only a cluster has: its control plane, its nodes as machines. */
export interface KubernetesAccess {
  readonly api: KubernetesApi
  /** Of everything that this run made. */
  readonly namespace: string
  /** Throws 'usage' for a node that is not there. */
  machine(node: string): Machine
  /** Takes everything that this run made out of the cluster, which stays: nothing of it begins again on a mended node. */
  removeRun(): Promise<void>
}

/** A testbed that stands: nodes are there, pods can be created. Disposing of it removes everything it made. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly string[]
  readonly events: EventEmitter<TestbedEvents>
  readonly emitter: EmitterProgram
  /** Of what it is made of, by name, for the report. */
  readonly versions?: Readonly<Record<string, string>>
  /** Where the testbed has 'kubernetes'. */
  readonly kubernetes?: KubernetesAccess
  /**
   * Starts the collector, and the tap where it is wanted. What was started when one of them does not come up is
   * ended; else each is the caller's to stop, after the pods, which may have something to deliver until their end.
   */
  startInstruments(options: InstrumentsOptions): Promise<Instruments>
  /** Where an aggregator beside the first one would be found. */
  anotherAggregator(endpoints: Endpoints): Promise<Endpoints>
  /** Creates pods that belong together; resolves when their containers run. */
  deploy(workload: Workload): Promise<readonly Pod[]>
  /** Creates a pod of nobody and resolves when its container runs. */
  createPod(spec: PodSpec): Promise<Pod>
  pods(): readonly Pod[]
  /** A node's disk. `Pod.resolve` and `nodePath` give paths on it. */
  files(node: string): NodeFiles
  /** A path of a node, like /var/log/pods, as its `files` take it. */
  nodePath(node: string, path: string): string
  /** The directory of this machine that is a node's root, for changing what is in it; where there are 'node-files'. */
  nodeRoot(node: string): string
  /** Rotates the current log file of a pod's container now, as kubelet does when it has grown too large. */
  rotateLogs(pod: Pod): Promise<void>
  /** Lets everything run on when gapless ends; `gapless clean` ends it later. */
  detach(): Promise<void>
}

export interface ProvisionOptions {
  readonly runId: string
  /** A directory of this run's own, absent or empty. */
  readonly directory: string
  readonly nodes: readonly string[]
  readonly logPolicy: ContainerLogPolicy
  /** Where the testbed has 'kubernetes'. */
  readonly timings?: ClusterTimings
  /** What the part of a node's disk holds that logs, buffers and volumes are on. Where there is 'kubernetes'. */
  readonly nodeDiskBytes?: number
  readonly signal: AbortSignal
  /** What pods will be run from, as far as it is known, where the testbed runs images: time to fetch them. */
  readonly images?: readonly string[]
  /** What it is at, in a few words, where that takes longer than somebody would wait in silence. */
  readonly onProgress?: (text: string) => void
}

export interface DoctorFinding {
  readonly what: string
  readonly ok: boolean
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
}
