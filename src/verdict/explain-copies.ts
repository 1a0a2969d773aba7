import { type TracedDuplicates } from '../account/trace.js'
import { counted, formatOffset } from '../words.js'
import { describeFault, endsOf, faultsWithin, type Circumstances, type Role } from './incidents.js'

/** Lines of one stream that passed somewhere together, at one time. */
export interface Passing {
  readonly atMs: number
  readonly first: number
  readonly last: number
}
export interface Crossing extends Passing {
  /** Its id in hexadecimal; null where no acknowledgement was asked for. */
  readonly chunk: string | null
}
export interface Delivery extends Passing {
  readonly request: number
}

/** What is known of the passings of lines that arrived more than once, or never. */
export interface Passings {
  readonly crossings: readonly Crossing[]
  readonly deliveries: readonly Delivery[]
  readonly acks: readonly { readonly chunk: string; readonly atMs: number; readonly dropped: boolean }[]
}

/** A sentence that says how lines came twice: by which chunks or requests, after what, and in which fault's window. */
export function explainDuplicates(
  traced: TracedDuplicates,
  { crossings, deliveries, acks }: Passings,
  circumstances: Circumstances,
): string {
  const what = `${counted(traced.lines, 'line')} arrived more than once`
  const bySender = traced.hop.startsWith('forwarder') && crossings.length > 0
  const told = bySender
    ? groupsOf(traced, crossings, signatureOf).map((group) => explainCrossings(group, acks, circumstances))
    : groupsOf(traced, deliveries, () => '').map((group) => explainDeliveries(traced, group, circumstances))
  if (told.length === 0) return `${what}: ${unknown[traced.hop]}`
  const [only] = told
  if (told.length === 1 && only !== undefined) return `${what}: ${only.text}`
  return `${what}: ${told.map(({ text, lines }) => `${lines.toLocaleString('en')} ${text}`).join('; ')}`
}

const unknown: Record<TracedDuplicates['hop'], string> = {
  'forwarder → aggregator': 'the forwarder sent them again',
  'forwarder → destination': 'the forwarder sent them again',
  'aggregator → destination': 'the aggregator sent them again',
  'somewhere before the destination': 'where they were sent again is not known without a tap',
}

interface Group<P extends Passing> {
  readonly lines: number
  /** The passings of its first lines, in order. */
  readonly passings: readonly P[]
  readonly others: readonly P[]
}

/** Lines whose passings are of the same kind, as one group. */
function groupsOf<P extends Passing>(
  { ranges }: TracedDuplicates,
  passings: readonly P[],
  signatureOf: (passings: readonly P[]) => string,
): Group<P>[] {
  const groups = new Map<string, { lines: number; passings: readonly P[]; others: P[] }>()
  for (const [first, last] of ranges) {
    const here = passings.filter((passing) => passing.first <= last && passing.last >= first)
    const cuts = here.flatMap((passing) => [passing.first, passing.last + 1])
    const starts = [...new Set([first, ...cuts])].filter((seq) => seq >= first && seq <= last)
    starts.sort((a, b) => a - b)
    starts.forEach((start, index) => {
      const end = (starts[index + 1] ?? last + 1) - 1
      const through = here.filter((passing) => passing.first <= start && passing.last >= end)
      if (through.length < 2) return
      const signature = signatureOf(through)
      const group = groups.get(signature)
      if (group === undefined)
        groups.set(signature, { lines: end - start + 1, passings: through, others: [] })
      else {
        group.lines += end - start + 1
        group.others.push(...through)
      }
    })
  }
  return [...groups.values()]
}

/** Passings in one chunk that was sent again are another thing than copies in two chunks. */
function signatureOf(crossings: readonly Crossing[]): string {
  const chunks = new Set(crossings.map(({ chunk }) => chunk))
  if (chunks.has(null)) return 'unnamed'
  return chunks.size === 1 ? 'resent' : 'in several chunks'
}

interface Told {
  readonly text: string
  readonly lines: number
}

function explainCrossings(
  { lines, passings, others }: Group<Crossing>,
  acks: Passings['acks'],
  circumstances: Circumstances,
): Told {
  const { zeroMs } = circumstances
  const at = (atMs: number) => formatOffset(atMs - zeroMs)
  const [first, second] = [passings[0], passings[1]]
  if (!first || !second) return { text: 'were sent again', lines }
  const window = windowOf(first.atMs, second.atMs, circumstances)
  const after = endBetween('forwarder', first.atMs, second.atMs, circumstances)
  if (signatureOf(passings) === 'unnamed') {
    return {
      text: `crossed the wire at ${at(first.atMs)} and again at ${at(second.atMs)}${after}, in chunks without ids, as no acknowledgement was asked for${window}`,
      lines,
    }
  }
  const chunks = new Set([...passings, ...others].map(({ chunk }) => chunk))
  if (signatureOf(passings) === 'resent') {
    const ack = acks.find(
      (one) => one.chunk === first.chunk && one.atMs >= first.atMs && one.atMs <= second.atMs,
    )
    const why =
      ack === undefined
        ? 'no acknowledgement had come'
        : ack.dropped
          ? `its acknowledgement (${at(ack.atMs)}) did not get back`
          : `although it was acknowledged (${at(ack.atMs)})`
    const more = chunks.size > 1 ? ` and ${counted(chunks.size - 1, 'other chunk')}` : ''
    return {
      text: `in chunk ${first.chunk ?? ''}${more} crossed the wire at ${at(first.atMs)} and again at ${at(second.atMs)}${after}: the same chunk was sent again, ${why}${window}`,
      lines,
    }
  }
  return {
    text: `crossed the wire in chunk ${first.chunk ?? ''} at ${at(first.atMs)} and in chunk ${second.chunk ?? ''} at ${at(second.atMs)}${after}: they were read again from the node log${window}`,
    lines,
  }
}

function explainDeliveries(
  { hop }: TracedDuplicates,
  { lines, passings }: Group<Delivery>,
  circumstances: Circumstances,
): Told {
  const { zeroMs } = circumstances
  const at = (atMs: number) => formatOffset(atMs - zeroMs)
  const [first, second] = [passings[0], passings[1]]
  if (!first || !second) return { text: 'arrived in one request', lines }
  const arrived = `at ${at(first.atMs)} (request ${String(first.request)}) and again at ${at(second.atMs)} (request ${String(second.request)})`
  const window = windowOf(first.atMs, second.atMs, circumstances)
  switch (hop) {
    case 'aggregator → destination': {
      const after = endBetween('aggregator', first.atMs, second.atMs, circumstances)
      return {
        text: `crossed the wire once and arrived ${arrived}${after}: the aggregator sent them again${window}`,
        lines,
      }
    }
    case 'somewhere before the destination':
      return {
        text: `arrived ${arrived}: where they were sent again is not known without a tap${window}`,
        lines,
      }
    default: {
      const after = endBetween('forwarder', first.atMs, second.atMs, circumstances)
      return { text: `arrived ${arrived}${after}: the forwarder sent them again${window}`, lines }
    }
  }
}

function endBetween(role: Role, fromMs: number, toMs: number, circumstances: Circumstances): string {
  const end = endsOf(role, circumstances).find(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  return end ? ` after the ${end.how} of ${end.who} at ${formatOffset(end.atMs - circumstances.zeroMs)}` : ''
}

/** The faults that were in effect between the two, or that none was. */
function windowOf(fromMs: number, toMs: number, circumstances: Circumstances): string {
  const faults = faultsWithin(circumstances, fromMs, toMs)
  if (faults.length === 0) return '; no fault was in effect between'
  return `; in effect between: ${faults
    .slice(0, 3)
    .map((fault) => describeFault(fault, circumstances))
    .join(', ')}`
}
