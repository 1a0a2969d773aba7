import type { TestbedEvent } from '../contract.js'
import {
  bareContainerId,
  conditionOf,
  exitOf,
  withinSecond,
  type ContainerStatusObject,
  type TerminatedState,
} from './objects.js'
import type { PodChange } from './pod-watch.js'

type PodEventType =
  'container-exited' | 'container-waiting' | 'pod-scheduled' | 'pod-terminating' | 'pod-deleted'

/** A container's start without the process id, which only its node knows. */
export type PodEvent =
  | Omit<TestbedEvent & { readonly type: 'container-started' }, 'pid'>
  | Extract<TestbedEvent, { readonly type: PodEventType }>

/**
 * What a change of a pod says of its container, oldest first. Kubernetes tells times in whole seconds, and tells only
 * the newest state: of a container that ended and was started again in between only its last end is known.
 */
export function podEvents(
  change: PodChange,
  names: { readonly pod: string; readonly node: string },
  nowMs = Date.now(),
): PodEvent[] {
  const { before, after, last } = change
  const was = before?.status?.containerStatuses?.[0]
  const is = last.status?.containerStatuses?.[0]
  const events: PodEvent[] = [...movesOf(change, names, nowMs)]
  const known = new Set(exitsOf(was).map(({ containerID }) => containerID))
  for (const exit of exitsOf(is)) {
    if (known.has(exit.containerID)) continue
    const { code, signal, atMs } = exitOf(exit)
    const containerId = bareContainerId(exit.containerID ?? '')
    events.push({ type: 'container-exited', atMs, ...names, containerId, code, signal })
  }
  const startedAt = is?.state?.running?.startedAt
  if (startedAt !== undefined && !(was?.state?.running && was.containerID === is?.containerID)) {
    const containerId = bareContainerId(is?.containerID ?? '')
    events.push({ type: 'container-started', atMs: Date.parse(startedAt), ...names, containerId })
  }
  const waiting = is?.state?.waiting
  if (
    waiting?.reason !== undefined &&
    waiting.reason !== was?.state?.waiting?.reason &&
    !starting(waiting.reason)
  ) {
    const forMs = backOffMs(waiting.message)
    const { reason } = waiting
    events.push({ type: 'container-waiting', atMs: Date.now(), ...names, reason, ...(forMs && { forMs }) })
  }
  if (after === undefined) events.push({ type: 'pod-deleted', atMs: Date.now(), ...names })
  return events
}

function movesOf(
  { before, after }: PodChange,
  names: { readonly pod: string; readonly node: string },
  nowMs: number,
): PodEvent[] {
  if (after === undefined) return []
  const { metadata, spec } = after
  const scheduled = before?.spec.nodeName === undefined && spec.nodeName !== undefined
  const told = before?.metadata.deletionTimestamp === undefined && metadata.deletionTimestamp
  const scheduledAt = conditionOf(after, 'PodScheduled')?.lastTransitionTime
  return [
    ...(scheduled
      ? [
          {
            type: 'pod-scheduled' as const,
            atMs: withinSecond(Date.parse(scheduledAt ?? metadata.creationTimestamp), nowMs),
            ...names,
          },
        ]
      : []),
    ...(told
      ? [
          {
            type: 'pod-terminating' as const,
            atMs: withinSecond(toldAtMs(told, metadata.deletionGracePeriodSeconds), nowMs),
            ...names,
          },
        ]
      : []),
  ]
}

/** The time that an object is given is a grace period after it was told to go. */
const toldAtMs = (deletionTimestamp: string, graceSeconds = 0) =>
  Date.parse(deletionTimestamp) - graceSeconds * 1000

/** The ends that a status tells, older first. */
export function exitsOf(status: ContainerStatusObject | undefined): readonly TerminatedState[] {
  return [status?.lastState?.terminated, status?.state?.terminated].filter((exit) => exit !== undefined)
}

const starting = (reason: string) => reason === 'ContainerCreating' || reason === 'PodInitializing'

/** `back-off 1m20s restarting failed container=…` */
function backOffMs(message = ''): number | undefined {
  const [, minutes = '0', seconds = '0'] = /back-off (?:(\d+)m)?(?:(\d+)s)? /.exec(message) ?? []
  const ms = (Number(minutes) * 60 + Number(seconds)) * 1000
  return ms > 0 ? ms : undefined
}
