import { type CollectorClient } from '../collector/client.js'
import { type CollectorState } from '../collector/protocol.js'
import { type Plan } from '../scenario/plan.js'
import { until } from '../until.js'

export interface Polling {
  /** Nodes that are gone for good, as far as they are by now. */
  readonly gone: ReadonlySet<string>
  readonly signal: AbortSignal
  readonly onPoll: () => Promise<void>
}

/** Sends the first lines of every stream. Resolves to the streams that did not arrive within the time-out. */
export async function warmUp(
  plan: Plan,
  collector: CollectorClient,
  signal: AbortSignal,
  onPoll: () => Promise<void>,
  timeoutMs = 60_000,
): Promise<string[]> {
  await tell(plan, collector, plan.warmUpLines, 100)
  const silent = (state: CollectorState) =>
    plan.streams.map(({ stream }) => stream).filter((stream) => (state.streams[stream]?.delivered ?? 0) === 0)
  let missing: string[] = []
  await until('every stream to arrive', {
    timeoutMs: timeoutMs + 5000,
    signal,
    poll: pollUntil(timeoutMs, async () => {
      await onPoll()
      missing = silent(await collector.state())
      return missing.length === 0
    }),
  })
  return missing
}

/** Sends the load. Resolves when every emitter has written its lines, or to why not in time. */
export async function load(plan: Plan, collector: CollectorClient, { gone, signal, onPoll }: Polling) {
  const { lines, linesPerSecond } = plan.load
  return send(plan, collector, {
    ...{ gone, signal, onPoll },
    upTo: lines - plan.probeLines,
    linesPerSecond: linesPerSecond === 'max' ? null : linesPerSecond,
  })
}

/** Sends the last lines of every stream, when all faults are healed: they must get through. */
export async function probe(
  plan: Plan,
  collector: CollectorClient,
  polling: Polling,
): Promise<string | undefined> {
  return send(plan, collector, { ...polling, upTo: plan.load.lines, linesPerSecond: 100 })
}

interface Sending extends Polling {
  readonly upTo: number
  readonly linesPerSecond: number | null
}

async function send(
  plan: Plan,
  collector: CollectorClient,
  { upTo, linesPerSecond, gone, signal, onPoll }: Sending,
): Promise<string | undefined> {
  await tell(plan, collector, upTo, linesPerSecond)
  const timeoutMs = 120_000 + (linesPerSecond === null ? upTo / 1000 : (3 * upTo * 1000) / linesPerSecond)
  const progress = { done: false }
  await until('the emitters to write their lines', {
    timeoutMs: timeoutMs + 5000,
    signal,
    poll: pollUntil(timeoutMs, async () => {
      await onPoll()
      const { streams } = await collector.state()
      progress.done = plan.streams.every(({ stream, node }) => {
        const state = streams[stream]
        return gone.has(node) || ((state?.sentUpTo ?? 0) >= upTo && state?.idle === true)
      })
      return progress.done
    }),
  })
  return progress.done
    ? undefined
    : `the emitters had not written all lines after ${String(Math.round(timeoutMs / 1000))} s`
}

async function tell(
  plan: Plan,
  collector: CollectorClient,
  upTo: number,
  linesPerSecond: number | null,
): Promise<void> {
  await Promise.all(
    plan.streams.map(({ stream }) => collector.command(stream, { upTo, linesPerSecond, end: false })),
  )
}

/** Ends the polling without an error when time is up: that is a finding about the run, not a failure of ours. */
function pollUntil(timeoutMs: number, holds: () => Promise<boolean>): () => Promise<true | undefined> {
  const deadlineMs = performance.now() + timeoutMs
  return async () => ((await holds()) || performance.now() > deadlineMs ? true : undefined)
}
