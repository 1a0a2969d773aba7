import { constants } from 'node:os'
import type { V1Affinity } from '@kubernetes/client-node'
import type { ContainerStatus } from '../contract.js'

/** What is read of Kubernetes' objects, as the API server sends them: times are texts. */

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly labels?: Readonly<Record<string, string>>
  readonly resourceVersion?: string
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
}

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface TerminatedState {
  readonly exitCode: number
  readonly signal?: number
  readonly reason?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly containerID?: string
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: { readonly startedAt: string }
  readonly terminated?: TerminatedState
}

export interface ContainerStatusObject {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly containerID?: string
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

export interface PodObject {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly nodeName?: string
    readonly affinity?: Plain<V1Affinity>
    readonly volumes?: readonly {
      readonly name: string
      readonly persistentVolumeClaim?: { readonly claimName: string }
    }[]
  }
  readonly status?: {
    readonly phase?: string
    readonly reason?: string
    readonly message?: string
    readonly podIP?: string
    readonly conditions?: readonly Condition[]
    readonly containerStatuses?: readonly ContainerStatusObject[]
  }
}

export interface NodeObject {
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly unschedulable?: boolean
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
  }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

export interface EventObject {
  readonly metadata: ObjectMeta
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string }
}

/** A volume's being attached to a node, or on the way there or back. */
export interface VolumeAttachmentObject {
  readonly metadata: ObjectMeta & { readonly finalizers?: readonly string[] }
  readonly spec: {
    readonly attacher: string
    readonly nodeName: string
    readonly source: { readonly persistentVolumeName?: string }
  }
  readonly status?: {
    readonly attached: boolean
    readonly attachError?: { readonly time?: string; readonly message?: string }
    readonly detachError?: { readonly time?: string; readonly message?: string }
  }
}

export interface ListOf<T> {
  readonly metadata: { readonly resourceVersion?: string }
  readonly items: readonly T[]
}

export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type)
}

/** Where a pod is or, as a DaemonSet's pods are made for one node each, where it is to be. */
export function nodeOf({ spec }: PodObject): string | undefined {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return spec.nodeName ?? required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]
}

/** `containerd://<id>` without what is in front of the id. */
export function bareContainerId(id: string): string {
  return id.replace(/^.*:\/\//, '')
}

/** When something was that Kubernetes tells in whole seconds, cut off, as far as it is known: heard of at `nowMs`. */
export function withinSecond(toldMs: number, nowMs: number): number {
  return Math.max(toldMs, Math.min(nowMs, toldMs + 999))
}

/** An object as it is created, or written to a file. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
  }
  readonly [field: string]: unknown
}

/** A model of the Kubernetes client as what it is on the wire: a plain value. */
export type Plain<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T

type ContainerExit = NonNullable<ContainerStatus['lastExit']>

/** A runtime reports death by a signal as exit code 128 + its number. */
export function exitOf({ exitCode, signal, finishedAt, reason }: TerminatedState): ContainerExit {
  const number = signal ?? (exitCode > 128 ? exitCode - 128 : 0)
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null
  const atMs = Date.parse(finishedAt ?? '')
  // Of a container that kubelet lost sight of nobody knows how and when it ended: 137 is only what kubelet puts there.
  const unknown = reason === 'ContainerStatusUnknown'
  return {
    code: unknown || name !== null ? null : exitCode,
    signal: unknown ? null : name,
    atMs: Number.isNaN(atMs) ? Date.now() : atMs,
  }
}

/**
 * How long a pod's object may stay once its containers have ended. kubelet lets it go when its sandbox and its control
 * group are removed; it may leave that to its garbage collector, which comes by once a minute, and looks every ten
 * seconds. That of Kubernetes 1.20 does so often.
 */
export const podLingersMs = 90_000
