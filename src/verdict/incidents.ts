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
  readonly atMs: number
  readonly startedAtMs: number | null
}

/** Ends of the containers of the forwarder of a node, or of the aggregator. */
export function endsOf(role: Role, { node, events }: Circumstances): Incident[] {
  const prefix = role === 'forwarder' ? `fluentd-forwarder-${node}` : 'fluentd-aggregator-'
  const isOurs = (name: string) => (role === 'forwarder' ? name === prefix : name.startsWith(prefix))
  return events.flatMap((event, index): Incident[] => {
    if (event.type !== 'testbed' || event.event.type !== 'container-exited') return []
    const { pod, atMs, signal, code } = event.event
    if (!isOurs(pod)) return []
    const next = events.slice(index + 1).find((later) => isStartOf(later, pod))
    const who = role === 'forwarder' ? `the forwarder on ${node}` : 'the aggregator'
    const how = signal ?? `end (exit status ${String(code)})`
    return [{ role, who, how, atMs, startedAtMs: next?.atMs ?? null }]
  })
}

function isStartOf(event: RunEvent, pod: string): boolean {
  return event.type === 'testbed' && event.event.type === 'container-started' && event.event.pod === pod
}

/** Faults that were in effect at some time between. */
export function faultsWithin(
  { faults }: Circumstances,
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
