import { setTimeout as sleep } from 'node:timers/promises'
import { type EvidenceIndex } from '../custody/evidence.js'
import { durationMs } from '../scenario/duration.js'
import { type Plan } from '../scenario/plan.js'
import { findHoldups, type Holdup, type HoldupOptions, type Holdups } from './holdups.js'
import { linesOf } from './observer.js'
import { counted } from '../words.js'

export interface DrainOptions extends HoldupOptions {
  readonly signal: AbortSignal
  readonly onPoll?: () => Promise<void>
}

export interface Drain {
  readonly drained: boolean
  readonly why: string
  /** How fast lines still arrived when the deadline came; absent where none did any more. */
  readonly linesPerSecond?: number
  /**
   * Where lines could still be that nobody can look into. What was not found anywhere else may be there, so
   * it is not known to be lost.
   */
  readonly unseen: readonly Unseen[]
}

type Unseen = EvidenceIndex['memory'][number]

/**
 * Waits until nothing moves any more. Drained is what evidence says: emitters are done, every log file is read to its
 * end, every buffer is empty or provably stuck, no request is under way, and then either everything sent has arrived or
 * nothing has arrived for longer than the pipeline could take to show a line that is still on its way, and the aggregator
 * is done with every connection that brought what it has not acknowledged, which shows when it is ended. At the deadline
 * it says what still moved, and whether that may hold lines which cannot be seen.
 */
export async function drain(options: DrainOptions): Promise<Drain> {
  const { plan, signal, observer, wire, onPoll } = options
  const deadlineMs = performance.now() + plan.drainDeadlineMs
  const arrivals = watchChanges()
  const picture = watchChanges()
  const flow = watchFlow()
  let flatMs = 0
  let concluded = 0
  for (;;) {
    signal.throwIfAborted()
    await onPoll?.()
    const state = await observer.state()
    const { all, statuses } = await findHoldups(options, state)
    const delivered = linesOf(plan, state, 'delivered')
    const leftLines = linesOf(plan, state, 'sent') - delivered
    flow.note(performance.now(), delivered)
    if (all.length === 0 && leftLines <= 0) {
      return {
        drained: true,
        why: 'every line arrived, every buffer is empty, no request is under way',
        unseen: [],
      }
    }
    // One that does not answer now must not shorten the wait.
    flatMs = Math.max(flatMs, flatTimeMs(plan, statuses))
    const flat = arrivals.unchangedMs(state.requests - state.rejected) >= flatMs
    const still = picture.unchangedMs(JSON.stringify([all, concluded])) >= flatMs && flat
    const stuck = all.every(({ kind }) => kind === 'stuck')
    if (still && stuck) {
      const connections = leftLines > 0 ? await wire?.conclude() : 0
      if (connections) {
        concluded += connections
        continue
      }
      return { drained: true, why: whyDone(all, flatMs), unseen: [] }
    }
    const leftMs = deadlineMs - performance.now()
    if (still && all.every(({ untilMs = 0 }) => untilMs > Date.now() + leftMs)) {
      return notDone(options, all, 'nothing of it is tried again before the deadline')
    }
    // The deadline is the pipeline's; once it has nothing left, what is waited for is that it stays so.
    if (leftMs < (stuck ? -2 * flatMs : 0)) {
      const seconds = String(plan.drainDeadlineMs / 1000)
      const linesPerSecond = flat ? 0 : flow.linesPerSecond(performance.now(), Math.max(flatMs, 10_000))
      if (linesPerSecond > 0) {
        const why = stillFlowing(plan, linesPerSecond, leftLines)
        return { ...(await notDone(options, [...all, stillArriving], why)), linesPerSecond }
      }
      return notDone(options, flat ? all : [...all, stillArriving], `not drained after ${seconds} s`)
    }
    await sleep(100, undefined, { signal })
  }
}

/** Not a pipeline that stands still: one that was given too little time. */
export function stillFlowing(
  { drainDeadlineMs }: Pick<Plan, 'drainDeadlineMs'>,
  linesPerSecond: number,
  leftLines: number,
): string {
  const seconds = drainDeadlineMs / 1000
  const enough = Math.ceil((seconds + (1.5 * leftLines) / linesPerSecond) / 10) * 10
  return `still flowing after ${String(seconds)} s, at ${counted(linesPerSecond, 'line')} a second with ${counted(leftLines, 'line')} to come; raise drainDeadline, to ${String(enough)}s or so`
}

const stillArriving: Holdup = { what: 'lines still arrived', kind: 'unseen' }

function whyDone(stuck: readonly Holdup[], flatMs: number): string {
  const quiet = `logs are read to their end, buffers are empty, and nothing arrived for ${String(flatMs / 1000)} s`
  return stuck.length === 0 ? quiet : `${quiet}; what is left cannot move: ${listed(stuck)}`
}

async function notDone(options: DrainOptions, holdups: readonly Holdup[], why: string): Promise<Drain> {
  const seen = holdups.filter(({ kind }) => kind === 'unseen').map(({ what }): Unseen => ({ station: what }))
  const unseen = [...seen, ...(await onOpenConnections(options))]
  return {
    drained: false,
    why: `${why}: ${listed(holdups)}`,
    unseen: unseen.map(({ station, ...among }) => ({
      station: `on their way when the deadline came: ${station}`,
      ...among,
    })),
  }
}

/**
 * A drain that comes to its end has the connections that forwarders keep open ended, for the aggregator to read all of
 * them. Before that, what they brought may be in a socket of the aggregator, and no buffer has it.
 */
async function onOpenConnections({ plan, wire }: DrainOptions): Promise<Unseen[]> {
  const { knobs, aggregator } = plan
  if (!aggregator) return []
  if (wire === null) {
    // A forwarder that waits for acknowledgements still has what it has sent.
    const waits = knobs['forward.requireAck'] && knobs['forwarder.config'] === ''
    return waits ? [] : [{ station: 'without a tap, nobody knows what the aggregator has not read' }]
  }
  const wires = Object.values((await wire.state()).nodes)
  const open = wires.reduce((connections, { unconfirmed }) => connections + unconfirmed, 0)
  const what = `the aggregator has not acknowledged what ${counted(open, 'open connection')} brought`
  return open === 0 ? [] : [{ station: what, among: 'crossed' }]
}

const listed = (holdups: readonly Holdup[]) => holdups.map(({ what }) => what).join(', ')

/** How fast a count grew of late. */
export function watchFlow() {
  const seen: { readonly atMs: number; readonly lines: number }[] = []
  return {
    note(atMs: number, lines: number): void {
      // Only where it changed: a long drain is looked at ten times a second.
      if (seen.at(-1)?.lines !== lines) seen.push({ atMs, lines })
    },
    /** Over the last while, rounded up: 0 only where nothing came in it. */
    linesPerSecond(nowMs: number, lastMs: number): number {
      const [first, last] = [seen[0], seen.at(-1)]
      if (!first || !last) return 0
      const fromMs = Math.max(first.atMs, nowMs - lastMs)
      const before = seen.findLast(({ atMs }) => atMs <= fromMs) ?? first
      return nowMs > fromMs ? Math.ceil(((last.lines - before.lines) * 1000) / (nowMs - fromMs)) : 0
    },
  }
}

/** Since when something has been the same. */
function watchChanges() {
  let last: { readonly value: string | number; readonly sinceMs: number } | undefined
  return {
    unchangedMs(value: string | number): number {
      const nowMs = performance.now()
      if (last?.value !== value) last = { value, sinceMs: nowMs }
      return nowMs - last.sinceMs
    },
  }
}

/**
 * Twice what a line takes through both hops when nothing is wrong, and a second for good measure, by what each Fluentd
 * says of its own configuration. Chunks in a retry's wait are seen in their buffer, so that silence of the length of
 * such a wait is there to be on the safe side, and goes no further than the deadline.
 */
export function flatTimeMs(
  plan: Pick<Plan, 'knobs' | 'drainDeadlineMs'>,
  statuses: Holdups['statuses'],
): number {
  const { knobs } = plan
  const own = knobs['forwarder.config'] !== '' || knobs['aggregator.config'] !== ''
  const flushMs = (['forwarder', 'aggregator'] as const).map((role) => {
    const said = statuses.filter((status) => status.role === role).map(({ longestFlushMs }) => longestFlushMs)
    const known = said.length > 0 && !said.includes(null)
    return known ? Math.max(...said.map((ms) => ms ?? 0)) : durationMs(knobs[`${role}.flushInterval`])
  })
  const retryMs = Math.max(0, ...statuses.map(({ longestRetryMs }) => longestRetryMs))
  return Math.max(
    own ? 15_000 : 3000,
    2 * flushMs.reduce((sum, ms) => sum + ms, 0) + 1000,
    Math.min(retryMs, plan.drainDeadlineMs),
  )
}
