import { type TracedLoss } from '../account/trace.js'
import { type FaultResult } from '../store/result.js'
import { counted, formatOffset } from '../words.js'
import { type Passing } from './explain-copies.js'
import {
  describeFault,
  endsOf,
  faultsWithin,
  type Circumstances,
  type Incident,
  type Role,
} from './incidents.js'
import { byLastCrossing, type Crossed } from './last-crossing.js'

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

/** Something that happened, and that may be how lines were lost. */
export interface Cause {
  readonly what: string
  readonly atMs: number
}

export interface LossCircumstances extends Circumstances {
  /** What became of the position file of the node, where it did not last to the end. */
  readonly positionsGone: readonly { readonly how: string; readonly atMs: number }[]
  /** Parts of the node's logs that are there, and that in_tail passed over. */
  readonly passedOver: boolean
  /** When lines of the stream crossed the wire; those of lost lines at least. */
  readonly crossings: readonly Passing[]
}

/**
 * A sentence that says where lines went and what happened there: "1,204 lines gone: read by the forwarder (position
 * file), never seen on the wire: lost at the SIGKILL of the forwarder on node-1 at 3.20 s". Times are relative to the
 * start of the load.
 */
export function explainLoss(
  traced: TracedLoss,
  circumstances: LossCircumstances,
): { readonly explanation: string; readonly causes: Cause[] } {
  const { lines, firstMissing, ranges, place } = traced
  const what = `${counted(lines, 'line')} gone: ${sightingOf(traced, circumstances)}, ${absences[firstMissing]}`
  if (place !== undefined) {
    return { explanation: what, causes: [{ what: `${place.where} ${place.how}`, atMs: place.atMs }] }
  }
  const groups = new Map<string, { lines: number; causes: readonly Cause[] }>()
  for (const part of ranges.flatMap((range) => partsOf(traced, range, circumstances))) {
    const { text, causes } = causesOf(traced, part, circumstances)
    const before = groups.get(text)?.lines ?? 0
    groups.set(text, { lines: before + part.range[1] - part.range[0] + 1, causes })
  }
  const causes = [...groups.values()].flatMap((group) => group.causes)
  const distinct = [
    ...new Map(causes.map((cause) => [`${cause.what} ${String(cause.atMs)}`, cause])).values(),
  ]
  const [only] = groups.keys()
  if (groups.size === 1 && only !== undefined) return { explanation: `${what}: ${only}`, causes: distinct }
  const shown = [...groups].slice(0, 3).map(([text, group]) => `${group.lines.toLocaleString('en')} ${text}`)
  const rest = groups.size > 3 ? '; the others at other times' : ''
  return { explanation: `${what}: ${shown.join('; ')}${rest}`, causes: distinct }
}

function sightingOf(
  { lastSeen, firstMissing, place }: TracedLoss,
  { zeroMs, positionsGone, passedOver }: LossCircumstances,
): string {
  if (place !== undefined) {
    return `in the ${place.where}, which ${place.how} at ${formatOffset(place.atMs - zeroMs)}`
  }
  const [gone] = positionsGone
  if (lastSeen === 'forwarder' && gone !== undefined) {
    return `read by the forwarder (position file, which ${gone.how} at ${formatOffset(gone.atMs - zeroMs)})`
  }
  if (lastSeen === 'node log' && firstMissing === 'forwarder' && passedOver) {
    return 'in the node log, in a part that the forwarder passed over: it began without positions, or with one of an earlier file of that inode'
  }
  return sightings[lastSeen]
}

interface Explained {
  readonly text: string
  readonly causes: readonly Cause[]
}

/** Lines that one thing may have taken: of those that were seen on the wire, what crossed it together. */
function partsOf(
  { lastSeen }: TracedLoss,
  range: Crossed['range'],
  { crossings }: LossCircumstances,
): readonly Crossed[] {
  const seenToCross = lastSeen === 'wire' || lastSeen === 'aggregator'
  return seenToCross ? byLastCrossing(range, crossings) : [{ range, crossedAtMs: null }]
}

/** What may have become of the lines of one range. */
function causesOf(
  traced: TracedLoss,
  { range: [first, last], crossedAtMs }: Crossed,
  circumstances: LossCircumstances,
): Explained {
  const { sentBy, zeroMs } = circumstances
  // What ended before a line was seen for the last time did not take it, however long before it was written.
  const fromMs = crossedAtMs ?? sentBy(first)
  const toMs = sentBy(last) ?? fromMs
  const suspects = suspectsOf(traced)
  const ends = suspects.flatMap((suspect) => endsOf(suspect, circumstances))
  const down = mayHaveBeenUnread(traced) ? ends.find((end) => wasDown(end, fromMs, toMs)) : undefined
  if (down !== undefined) {
    const cause = { what: describeEnd(down, circumstances), atMs: down.atMs }
    const until =
      down.startedAtMs === null ? 'to the end' : `until ${formatOffset(down.startedAtMs - zeroMs)}`
    const before = fromMs !== null && fromMs < down.atMs
    const at = formatOffset(down.atMs - zeroMs)
    const text = before
      ? `lost at ${cause.what} at ${at}, or written before it read again (down ${until})`
      : `written while ${down.who} was down (${down.how} at ${at}, down ${until}), or before it read again`
    return { text, causes: [cause] }
  }
  const after = ends.filter(({ atMs }) => fromMs === null || atMs + roughMs(atMs, crossedAtMs) >= fromMs)
  const removed = traced.firstMissing === 'node log' ? [] : logRemovals(traced, fromMs, circumstances)
  const causes = [
    ...after.map((end) => ({ what: describeEnd(end, circumstances), atMs: end.atMs })),
    ...removed,
  ]
  if (causes.length > 0) {
    const shown = causes.slice(0, 3).map(({ what, atMs }) => `${what} at ${formatOffset(atMs - zeroMs)}`)
    return { text: `lost at ${shown.join(', or at ')}${causes.length > 3 ? ', or later' : ''}`, causes }
  }
  const then = fromMs === null ? [] : faultsWithin(circumstances, fromMs, Infinity)
  // What was broken for a moment only, such as a line that is too long, takes what is read along with it.
  const before = fromMs === null ? [] : faultsWithin(circumstances, fromMs - aftermathMs, fromMs)
  const faults = then.length > 0 ? then : before.filter((fault) => crossedAtMs === null || isMomentary(fault))
  if (faults.length === 0) {
    const since = crossedAtMs === null ? '' : ', none came after they had crossed'
    return { text: `no event of the run explains it${since}`, causes: [] }
  }
  const shown = faults.slice(0, 3).map((fault) => describeFault(fault, circumstances))
  const when = then.length > 0 ? 'broken at that time or later' : 'broken shortly before'
  return {
    text: `nothing ended that had them; ${when}: ${shown.join(', ')}`,
    causes: faults.map(({ description, injectedAtMs }) => ({ what: description, atMs: injectedAtMs ?? 0 })),
  }
}

/** Who may have lost what was seen last here and first missed there. */
function suspectsOf({ lastSeen, firstMissing }: TracedLoss): Role[] {
  if (lastSeen === 'wire' || lastSeen === 'aggregator') return ['aggregator']
  return firstMissing === 'destination' ? ['forwarder', 'aggregator'] : ['forwarder']
}

/** Nothing says that the forwarder had them. */
function mayHaveBeenUnread({ lastSeen }: TracedLoss): boolean {
  return lastSeen === 'app' || lastSeen === 'node log'
}

/** For how long what is over may still show in lines that are written then: they are read, and wait, together. */
const aftermathMs = 5000

/** Kubernetes tells ends in whole seconds, cut off, and crossings are told to the millisecond. */
function roughMs(atMs: number, crossedAtMs: number | null): number {
  return crossedAtMs !== null && atMs % 1000 === 0 ? 999 : 0
}

/** It had no duration, and took effect through what it left in the logs. */
function isMomentary({ injectedAtMs, healedAtMs }: FaultResult): boolean {
  return injectedAtMs === healedAtMs
}

/** A Fluentd takes some seconds from its start until it reads. */
const startupMs = 5000

function wasDown(end: Incident, fromMs: number | null, toMs: number | null): boolean {
  if (end.role !== 'forwarder' || fromMs === null || toMs === null) return false
  return toMs >= end.atMs && (end.startedAtMs === null || fromMs <= end.startedAtMs + startupMs)
}

function describeEnd({ role, how, who, amid }: Incident, circumstances: Circumstances): string {
  const faults = amid.map((fault) => describeFault(fault, circumstances)).join(' and ')
  const during = amid.length === 0 ? '' : ` amid ${faults},`
  return `the ${how} of ${who}, whose buffer was a ${circumstances.buffers[role]} buffer,${during}`
}

function logRemovals(
  { lastSeen }: TracedLoss,
  fromMs: number | null,
  { node, events }: LossCircumstances,
): Cause[] {
  if (lastSeen !== 'app') return []
  return events.flatMap((event) => {
    if (event.type !== 'testbed' || event.event.type !== 'log-removed' || event.event.node !== node) return []
    if (fromMs !== null && event.event.atMs < fromMs) return []
    return [{ what: `the removal of a log file on ${node}`, atMs: event.event.atMs }]
  })
}
