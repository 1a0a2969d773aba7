import type { ProcessRef } from '../../processes/process-ref.js'
import type { Endpoint } from '../endpoints.js'

export type Role = 'app' | 'forwarder' | 'aggregator'

export type VolumeSource =
  | { readonly type: 'hostPath'; readonly path: string }
  | { readonly type: 'emptyDir' }
  | {
      readonly type: 'persistentVolumeClaim'
      readonly claimName: string
      /** Absent: whatever the testbed gives, such as a directory of the node that its pod is on. */
      readonly storage?: Storage
    }

/** Volumes that move with their pods: `block` attaches to one node at a time, `file` to as many as mount it. */
export type Storage = 'block' | 'file'

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
  /** Pods that it was before and that are not known to have come to their end, though another one has taken over. */
  former(): readonly FormerPod[]
  /**
   * What the processes of its container have open, as the kernel names it: paths, with ` (deleted)` behind those that have
   * no name any more, and `socket:[…]` and the like. null where that is not to be had, or nothing runs.
   */
  openFiles(): Promise<readonly string[] | null>
  /** Whether its cluster has told an event of this reason about it as it is now; false where nobody does. */
  hasEvent(reason: string): Promise<boolean>
  /** The text of an answer to GET at a port of the pod; null where there is none with status 2xx within a second. */
  get(endpoint: Endpoint, path: string): Promise<string | null>
  /** What the container wrote to stdout and stderr, all incarnations, newest last; at most `maxBytes` of it. */
  logs(options?: { readonly maxBytes?: number }): Promise<string>
}

export interface FormerPod {
  readonly name: string
  readonly node: string
  /** Its cluster still has it; where not, its node was not asked, and its processes may go on. */
  readonly registered: boolean
  /** Whether anything still runs in it. */
  runs(): Promise<boolean>
  /** As of a pod. */
  resolve(mountPath: string): string
}
