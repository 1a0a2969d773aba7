import type { EventEmitter } from 'node:events'
import type { GaplessError } from '../../errors.js'
import type { Endpoints } from '../endpoints.js'
import type { KubernetesApi } from '../kubernetes/api.js'
import type { Machine } from '../kubernetes/machine.js'
import type { TestbedEvents } from './events.js'
import type { EmitterProgram, Instruments, InstrumentsOptions } from './instruments.js'
import type { NodeFiles } from './node-files.js'
import type { Pod, PodSpec } from './pod.js'
import type { Capability } from './testbed.js'
import type { Workload } from './workload.js'

/** For faults of what only a cluster has: its control plane, its nodes as machines. */
export interface KubernetesAccess {
  readonly api: KubernetesApi
  /** Of everything that this run made. */
  readonly namespace: string
  /** Throws 'usage' for a node that is not there. */
  machine(node: string): Machine
  /** Where the testbed has 'k0s'. */
  readonly k0s?: K0sAccess
  /** Takes everything that this run made out of the cluster, which stays: nothing of it begins again on a mended node. */
  removeRun(): Promise<void>
}

/** For faults of the k0s that nodes run. */
export interface K0sAccess {
  /** Its command and its worker's unit, on a node. */
  readonly program: string
  readonly unit: string
  /** The version that workers are upgraded to, unless a scenario says which. */
  readonly upgradeTo: string
  /** Makes the worker's unit anew by the binary that is there now, with the flags that it has. */
  installWorker(machine: Machine): Promise<void>
  /**
   * Puts the binary of another version, named as the testbed's own is, on a node at this path. Throws 'usage' where
   * there is none.
   */
  putBinary(machine: Machine, version: string, path: string): Promise<void>
}

/** A testbed that stands: nodes are there, pods can be created. Disposing of it removes everything it made. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly string[]
  readonly events: EventEmitter<TestbedEvents>
  readonly emitter: EmitterProgram
  /** Of what it is made of, by name, for the report. */
  readonly versions?: Readonly<Record<string, string>>
  /** What its testbed has at best, and it turned out not to. */
  readonly lacks?: ReadonlySet<Capability>
  /** Where the testbed has 'kubernetes'. */
  readonly kubernetes?: KubernetesAccess
  /** What of the testbed itself has failed, so that the run is worth nothing any more; undefined: nothing. */
  failure?(): GaplessError | undefined
  /**
   * Starts the collector, and the tap where it is wanted. What was started when one of them does not come up is
   * ended; else each is the caller's to stop, after the pods, which may have something to deliver until their end.
   */
  startInstruments(options: InstrumentsOptions): Promise<Instruments>
  /** Where an aggregator beside the first one would be found. */
  anotherAggregator(endpoints: Endpoints): Promise<Endpoints>
  /** Creates pods that belong together; resolves when their containers run. */
  deploy(workload: Workload): Promise<readonly Pod[]>
  /** The nodes that a claim of storage `block` is attached to, which it can be without being mounted there. */
  attachedTo?(claim: string): Promise<readonly string[]>
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
