import { type Phase, type RunEvent } from '../store/events.js'
import { type TestbedEvent } from '../testbed/contract.js'
import { counted } from '../words.js'
import { type Plan } from '../scenario/plan.js'
import { type Recovery, type Result } from '../store/result.js'

/** When a phase began; null where it never did. */
export function phaseStart(events: readonly RunEvent[], phase: Phase): number | null {
  return events.find((event) => event.type === 'phase' && event.phase === phase)?.atMs ?? null
}

/** When the first event of a type happened. */
export function timeOf(events: readonly RunEvent[], type: RunEvent['type']): number | null {
  return events.find((event) => event.type === type)?.atMs ?? null
}

export function durationsOf(events: readonly RunEvent[]): Record<string, number> {
  const starts = events.filter((event) => event.type === 'phase' || event.type === 'ended')
  const durations = starts.slice(0, -1).map((event, index): [string, number] => {
    const next = starts[index + 1]
    return [event.type === 'phase' ? event.phase : event.type, (next?.atMs ?? event.atMs) - event.atMs]
  })
  return Object.fromEntries(durations)
}

/** What times in a report are relative to: the start of the load, or where it never came, that of the run. */
export function loadZeroMs({ startedAtMs }: Plan, events: readonly RunEvent[]): number {
  const { provision = 0, deploy = 0, 'warm-up': warmUp = 0 } = durationsOf(events)
  return startedAtMs + provision + deploy + warmUp
}

export function drainOf(events: readonly RunEvent[]): Result['drain'] {
  const ended = events.find((event) => event.type === 'drain-ended')
  if (!ended) return { drained: false, why: 'the run ended before it could drain' }
  const { drained, why, linesPerSecond } = ended
  return { drained, why, ...(linesPerSecond !== undefined && { linesPerSecond }) }
}

/** Clocks are disciplined by small steps all the time; a jump is more than that. */
const clockToleranceMs = 500

/** What makes the measuring itself doubtful. */
export function problemsOf(events: readonly RunEvent[]): string[] {
  const collector = events.filter((event) => event.type === 'collector')
  const boots = new Set(collector.map(({ bootId }) => bootId))
  return [
    ...events
      .filter((event) => event.type === 'interrupted')
      .map(({ phase }) => `interrupted during ${phase}`),
    ...events.filter((event) => event.type === 'problem').map(({ message }) => message),
    ...events.map((event) => event.type === 'testbed' && recordsLostIn(event.event)),
    boots.size > 1 && 'the collector restarted during the run, so its ledger has a gap of its own',
    ...collector.map(({ failure }) => failure !== null && `the collector failed: ${failure}`),
    ...events
      .filter((event) => event.type === 'clock' && Math.abs(event.jumpedMs) > clockToleranceMs)
      .map(
        (event) =>
          event.type === 'clock' && `the clock jumped by ${String(event.jumpedMs)} ms during the run`,
      ),
    !events.some((event) => event.type === 'ended') && 'the run was killed before its end',
  ].filter((problem) => typeof problem === 'string')
}

function recordsLostIn(seen: TestbedEvent): string | false {
  if (seen.type !== 'records-lost') return false
  const what = seen.records === null ? 'records' : counted(seen.records, 'record')
  return `the directory of volumes had no room: ${what} of what ${seen.node} did and saw of them ${seen.records === 1 ? 'is' : 'are'} lost`
}

/** When the last fault was healed, or where there was none, when the last lines were sent; null where neither was. */
export function mendedAtMs(events: readonly RunEvent[]): number | null {
  const healed = events.filter((event) => event.type === 'fault-healed').map(({ atMs }) => atMs)
  return healed.length > 0 ? Math.max(...healed) : timeOf(events, 'probe')
}

/**
 * Whether lines got through that were written once everything was mended, from the first arrival of such a line per
 * stream. null where none were sent for it: the run was too small for that, or ended before.
 */
export function recoveryOf(
  plan: Plan,
  events: readonly RunEvent[],
  fresh: ReadonlyMap<string, number>,
): Recovery | null {
  const fromMs = mendedAtMs(events)
  if (timeOf(events, 'probe') === null || fromMs === null || plan.probeLines === 0) return null
  const missing = lastingStreams(plan)
    .map(({ stream }) => stream)
    .filter((stream) => !fresh.has(stream))
  const afterMs = missing.length > 0 ? null : Math.max(...fresh.values()) - fromMs
  return { recovered: missing.length === 0, afterMs, missing }
}

/** Those that write to the end. */
export function lastingStreams({ streams, nodesThatGo = [] }: Pick<Plan, 'streams' | 'nodesThatGo'>) {
  return streams.filter(({ node }) => !nodesThatGo.includes(node))
}

/** Versions of what the testbed was made of, as it said itself. */
export function versionsOf(events: readonly RunEvent[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === 'versions' ? Object.entries(event.versions) : [])),
  )
}
