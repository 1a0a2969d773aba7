import { type RunEvent } from '../store/events.js'
import { type FaultResult } from '../store/result.js'
import { formatOffset } from '../words.js'

/** What is known around lines that went missing or came twice. */
export interface Circumstances {
  readonly node: string
  readonly events: readonly RunEvent[]
  readonly faults: readonly FaultResult[]
  /** Times are told relative to the start of the load, as everywhere in a report. */
  readonly zeroMs: number
  /** When a line had been sent at the latest; null where nobody said. */
  readonly sentBy: (seq: number) => number | null
  /** Where the forwarder, or the aggregator, keeps its chunks. */
  readonly buffers: { readonly forwarder: 'file' | 'memory'; readonly aggregator: 'file' | 'memory' }
}

export type Role = 'forwarder' | 'aggregator'

/** A container that ended, and when the next one of its pod was started; null: none was. */
export interface Incident {
  readonly role: Role
  readonly who: string
  readonly how: string
  /** Where nobody told its end: when its pod was gone. */
  readonly atMs: number
  readonly startedAtMs: number | null
  /** What was broken of its node at that time. */
  readonly amid: readonly FaultResult[]
}

/** Ends of the containers of the forwarder of a node, or of the aggregator. */
export function endsOf(
  role: Role,
  circumstances: Pick<Circumstances, 'node' | 'events' | 'faults'>,
): Incident[] {
  const { node, events } = circumstances
  const prefix = role === 'forwarder' ? forwarderPod(node) : 'fluentd-aggregator-'
  const isOurs = (name: string) => (role === 'forwarder' ? name === prefix : name.startsWith(prefix))
  const replicas = events.map(replicaOf)
  const nameOf = (pod: string) =>
    role === 'forwarder'
      ? `the forwarder on ${node}`
      : replicas.every((replica) => replica === 0)
        ? 'the aggregator'
        : `the aggregator ${pod.slice(prefix.length)}`
  /** Containers that run, with the pod and the node of each. */
  const running = new Map<string, Place>()
  return events.flatMap((one, index): Incident[] => {
    if (one.type !== 'testbed' || !('pod' in one.event) || !isOurs(one.event.pod)) return []
    const { event } = one
    if (event.type === 'container-started') running.set(event.containerId, event)
    const how = howItEnded(event, running)
    if (how === undefined) return []
    const next = events.slice(index + 1).find((later) => isStartOf(later, event.pod))
    const amid = faultsWithin(circumstances, event.atMs, event.atMs).filter(
      ({ target }) => target === event.node,
    )
    return [{ role, who: nameOf(event.pod), how, atMs: event.atMs, startedAtMs: next?.atMs ?? null, amid }]
  })
}

export const forwarderPod = (node: string) => `fluentd-forwarder-${node}`

/** The number of an aggregator's pod. Whoever is not one counts as the only one there is. */
function replicaOf(event: RunEvent): number {
  if (event.type !== 'testbed' || !('pod' in event.event)) return 0
  return Number(/^fluentd-aggregator-(\d+)$/.exec(event.event.pod)?.[1] ?? 0)
}

interface Place {
  readonly pod: string
  readonly node: string
}

type PodEvent = Extract<RunEvent, { readonly type: 'testbed' }>['event']

/** A pod may go without anybody telling how its container ended, as by force on a node that is off. */
function howItEnded(
  event: Extract<PodEvent, { readonly pod: string }>,
  running: Map<string, Place>,
): string | undefined {
  const exited = event.type === 'container-exited'
  if (!exited && event.type !== 'pod-deleted') return undefined
  // kubelet may tell an end without telling whose.
  const known = exited && event.containerId !== ''
  const ended = [...running].filter(([id, { pod, node }]) =>
    known ? id === event.containerId : pod === event.pod && node === event.node,
  )
  for (const [containerId] of ended) running.delete(containerId)
  if (!exited) return ended.length > 0 ? 'deletion' : undefined
  return event.signal ?? (event.code === null ? 'end' : `end (exit status ${String(event.code)})`)
}

export function isStartOf(event: RunEvent, pod: string): boolean {
  return event.type === 'testbed' && event.event.type === 'container-started' && event.event.pod === pod
}

/** Faults that were in effect at some time between. */
export function faultsWithin(
  { faults }: Pick<Circumstances, 'faults'>,
  fromMs: number,
  toMs: number,
): readonly FaultResult[] {
  return faults.filter(
    ({ injectedAtMs, healedAtMs }) =>
      injectedAtMs !== null && injectedAtMs <= toMs && (healedAtMs === null || healedAtMs >= fromMs),
  )
}

/** '"hold" (3.20 s to 5.10 s)' */
export function describeFault(
  { description, injectedAtMs, healedAtMs }: FaultResult,
  { zeroMs }: Circumstances,
): string {
  const from = formatOffset((injectedAtMs ?? 0) - zeroMs)
  if (healedAtMs === null) return `"${description}" (from ${from} on)`
  const to = formatOffset(healedAtMs - zeroMs)
  return from === to ? `"${description}" (at ${from})` : `"${description}" (${from} to ${to})`
}
