import { conditionOf, type EventObject, type PodObject } from './objects.js'

/** Why a pod does not start. */
export interface PodTrouble {
  readonly reason: string
  readonly message: string
  /** It may pass by itself (a claim that is being made, a node that is not ready yet): give it this long. */
  readonly graceMs: number
}

/** What no time heals: an image that is not there, a configuration that cannot be. */
const hopeless = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
])

/** Warnings that come again and again as long as the pod cannot start. */
const mountWarnings = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox'])

const passingMs = 5_000
/** kubelet tries again after a while, e.g. what the API server did not know of its pod yet, and refused to it. */
const mountMs = 30_000

/** What keeps a pod from starting, by its own status and the events about it; undefined as long as nothing does. */
export function troubleOf(pod: PodObject, events: readonly EventObject[] = []): PodTrouble | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False') {
    const { reason = 'Unscheduled', message = '' } = scheduled
    // The scheduler says of a claim only that it is not bound.
    const claim = events.findLast((event) => event.reason === 'ProvisioningFailed')
    const why = claim && `; ${claim.involvedObject.name ?? ''}: ${claim.message ?? ''}`
    return { reason, message: `${message}${why ?? ''}`, graceMs: passingMs }
  }
  // From 1.27 on one that was deleted may have this phase before it goes.
  if (pod.status?.phase === 'Failed' && pod.metadata.deletionTimestamp === undefined) {
    const { reason = 'Failed', message = '' } = pod.status
    return { reason, message, graceMs: 0 }
  }
  const status = pod.status?.containerStatuses?.[0]
  const { reason, message = '' } = status?.state?.waiting ?? {}
  const ended = status?.state?.terminated ?? status?.lastState?.terminated
  if (reason !== undefined && hopeless.has(reason)) {
    const exit = ended === undefined ? '' : `; it last ended with exit code ${ended.exitCode}`
    return { reason, message: `${detailed(message, reason, events)}${exit}`, graceMs: 0 }
  }
  const mount = events.filter((event) => mountWarnings.has(event.reason ?? '')).at(-1)
  if (mount !== undefined && reason === 'ContainerCreating') {
    return { reason: mount.reason ?? '', message: mount.message ?? '', graceMs: mountMs }
  }
  return undefined
}

/** While kubelet backs off it says only that; why, an event before said. */
function detailed(message: string, reason: string, events: readonly EventObject[]): string {
  if (reason !== 'ImagePullBackOff') return message
  return events.find((event) => event.message?.startsWith('Failed to pull image'))?.message ?? message
}
