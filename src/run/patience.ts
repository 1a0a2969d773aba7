import { describeCondition, type Condition } from '../scenario/condition.js'

/** How long after the load a condition may still come true. */
const graceAfterLoadMs = 15_000

/** What a rhythm looks at while it waits for its next beat. */
export interface StopWhen {
  readonly until?: Condition
  /** The end of the load ends it too. */
  readonly loadOver: boolean
}

/** Waits for conditions as long as they can still come true. */
export interface Patience {
  /** Resolves to undefined when the condition holds, and to why not when it never will. */
  waitFor(condition: Condition): Promise<string | undefined>
  /** Waits until this time; resolves earlier, to why, where there is a reason to stop. `givenUp`: it never came. */
  waitUntil(
    atMs: number,
    stop: StopWhen,
  ): Promise<{ readonly why: string; readonly givenUp: boolean } | undefined>
}

export interface PatienceOptions {
  /** Asked about a condition again and again; of `elapsed`, never. */
  readonly holds: (condition: Condition) => Promise<boolean>
  readonly loadEnded: Promise<void>
  readonly sleep: (ms: number) => Promise<void>
  readonly nowMs: () => number
  readonly signal: AbortSignal
}

export function patience({ holds, loadEnded, sleep, nowMs, signal }: PatienceOptions): Patience {
  let loadEndedAtMs: number | undefined
  loadEnded.then(
    () => (loadEndedAtMs = nowMs()),
    () => undefined,
  )
  const loadIsOver = () => loadEndedAtMs !== undefined
  const outOfTime = () => loadEndedAtMs !== undefined && nowMs() - loadEndedAtMs > graceAfterLoadMs
  const never = (condition: Condition) =>
    `the load ended and "${describeCondition(condition)}" had not come true`

  async function waitFor(condition: Condition): Promise<string | undefined> {
    if (condition.on === 'elapsed') {
      await sleep(condition.afterMs)
      return undefined
    }
    for (;;) {
      signal.throwIfAborted()
      if (await holds(condition)) return undefined
      if (outOfTime()) return never(condition)
      await sleep(25)
    }
  }

  async function waitUntil(atMs: number, { until, loadOver }: StopWhen) {
    for (;;) {
      signal.throwIfAborted()
      if (until && (await holds(until))) return { why: describeCondition(until), givenUp: false }
      if (until && outOfTime()) return { why: never(until), givenUp: true }
      if (loadOver && loadIsOver()) return { why: 'the load is over', givenUp: false }
      const leftMs = atMs - nowMs()
      if (leftMs <= 0) return undefined
      await sleep(until || loadOver ? Math.min(leftMs, 50) : leftMs)
    }
  }

  return { waitFor, waitUntil }
}
