import { type TracedDuplicates, type TracedLoss } from '../account/trace.js'
import { type RunEvent } from '../store/events.js'
import { type FaultResult } from '../store/result.js'
import { counted } from '../words.js'

/** What is known around lines that went missing or came twice. */
export interface Circumstances {
  readonly node: string
  readonly events: readonly RunEvent[]
  readonly faults: readonly FaultResult[]
  /** When the first of the lines had been sent; null where nobody said. */
  readonly sentFromMs: number | null
  /** Where the forwarder, or the aggregator, keeps its chunks. */
  readonly buffers: { readonly forwarder: 'file' | 'memory'; readonly aggregator: 'file' | 'memory' }
}

const sightings: Record<TracedLoss['lastSeen'], string> = {
  app: 'written by the application',
  'node log': 'in the node log',
  forwarder: 'read by the forwarder (position file)',
  wire: 'sent over the wire, and not acknowledged',
  aggregator: 'acknowledged by the aggregator',
  destination: 'at the destination',
}

const absences: Record<TracedLoss['firstMissing'], string> = {
  app: 'never written',
  'node log': 'never in the node log',
  forwarder: 'never read by the forwarder',
  wire: 'never seen on the wire',
  aggregator: 'never acknowledged',
  destination: 'never delivered',
}

/**
 * A sentence that says where lines went and what happened there: "1,204 lines gone: read by the forwarder (position
 * file), never seen on the wire: lost at the SIGKILL of the forwarder on node-1 at 12:03:04.120".
 */
export function explainLoss(traced: TracedLoss, circumstances: Circumstances): string {
  const { lastSeen, firstMissing, lines } = traced
  const what = `${counted(lines, 'line')} gone: ${sightings[lastSeen]}, ${absences[firstMissing]}`
  const suspects = suspectsOf(traced)
  const ended = suspects.flatMap((suspect) => endsOf(suspect, circumstances))
  const removed = lastSeen === 'app' && firstMissing !== 'node log' ? logRemovals(circumstances) : []
  const causes = [...ended, ...removed]
  if (causes.length === 0) return `${what}: no event of the run explains it`
  return `${what}: lost at ${causes.slice(0, 3).join(', or at ')}${causes.length > 3 ? ', or later' : ''}`
}

export function explainDuplicates(traced: TracedDuplicates, { faults }: Circumstances): string {
  const what = `${counted(traced.lines, 'line')} arrived more than once: ${
    traced.hop === 'somewhere before the destination'
      ? 'where they were sent again is not known without a tap'
      : traced.hop === 'forwarder → aggregator'
        ? 'they crossed the wire more than once, so the forwarder sent them again'
        : 'they crossed the wire once, so the aggregator sent them again'
  }`
  const injected = faults.filter(({ injectedAtMs }) => injectedAtMs !== null)
  const why = injected.map(({ description, injectedAtMs }) => `${description} at ${clock(injectedAtMs ?? 0)}`)
  return why.length === 0
    ? `${what}; no fault explains it`
    : `${what}; what was broken before: ${why.join('; ')}`
}

/** Who may have lost what was seen last here and first missed there. */
function suspectsOf({ lastSeen, firstMissing }: TracedLoss): ('forwarder' | 'aggregator')[] {
  if (lastSeen === 'wire' || lastSeen === 'aggregator') return ['aggregator']
  return firstMissing === 'destination' ? ['forwarder', 'aggregator'] : ['forwarder']
}

/** Ends of a container after the lines were sent; before that they cannot have been in it. */
function endsOf(
  role: 'forwarder' | 'aggregator',
  { node, events, sentFromMs, buffers }: Circumstances,
): string[] {
  const pod = role === 'forwarder' ? `fluentd-forwarder-${node}` : 'fluentd-aggregator-'
  return events.flatMap((event) => {
    if (event.type !== 'testbed' || event.event.type !== 'container-exited') return []
    const { pod: name, atMs, signal, code } = event.event
    if (!name.startsWith(pod) || (sentFromMs !== null && atMs < sentFromMs)) return []
    const who = role === 'forwarder' ? `the forwarder on ${node}` : 'the aggregator'
    const how = signal ?? `end (exit status ${String(code)})`
    return [`the ${how} of ${who}, whose buffer was a ${buffers[role]} buffer, at ${clock(atMs)}`]
  })
}

function logRemovals({ node, events, sentFromMs }: Circumstances): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'testbed' || event.event.type !== 'log-removed' || event.event.node !== node) return []
    if (sentFromMs !== null && event.event.atMs < sentFromMs) return []
    return [`the removal of a log file on ${node} at ${clock(event.event.atMs)}`]
  })
}

function clock(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23)
}
