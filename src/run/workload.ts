import { type Collector } from '../collector/start.js'
import { type CollectorState } from '../collector/protocol.js'
import { type Plan } from '../scenario/plan.js'
import { until } from '../until.js'

/** Lines of each stream that are sent before the load, to see that every stream arrives at all. */
export const warmUpLines = 10

/** Sends the first lines of every stream. Resolves to the streams that did not arrive within the time-out. */
export async function warmUp(
  plan: Plan,
  collector: Collector,
  signal: AbortSignal,
  timeoutMs = 60_000,
): Promise<string[]> {
  await tell(plan, collector, Math.min(warmUpLines, plan.load.lines), 100)
  const silent = (state: CollectorState) =>
    plan.streams.map(({ stream }) => stream).filter((stream) => (state.streams[stream]?.delivered ?? 0) === 0)
  let missing: string[] = []
  await until('every stream to arrive', {
    timeoutMs: timeoutMs + 5000,
    signal,
    poll: pollUntil(timeoutMs, async () => {
      missing = silent(await collector.state())
      return missing.length === 0
    }),
  })
  return missing
}

/** Sends the rest of every stream. Resolves when every emitter has written all of it, or to why not in time. */
export async function load(
  plan: Plan,
  collector: Collector,
  signal: AbortSignal,
  onPoll: () => Promise<void>,
): Promise<string | undefined> {
  const { lines, linesPerSecond } = plan.load
  const rate = linesPerSecond === 'max' ? null : linesPerSecond
  await tell(plan, collector, lines, rate)
  const timeoutMs = 120_000 + (rate === null ? lines / 1000 : (3 * lines * 1000) / rate)
  let done = false
  await until('the emitters to write their lines', {
    timeoutMs: timeoutMs + 5000,
    signal,
    poll: pollUntil(timeoutMs, async () => {
      await onPoll()
      const { streams } = await collector.state()
      done = plan.streams.every(
        ({ stream }) => (streams[stream]?.sentUpTo ?? 0) >= lines && streams[stream]?.idle === true,
      )
      return done
    }),
  })
  return done
    ? undefined
    : `the emitters had not written all lines after ${String(Math.round(timeoutMs / 1000))} s`
}

async function tell(
  plan: Plan,
  collector: Collector,
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
