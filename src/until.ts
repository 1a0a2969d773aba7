import { setTimeout as sleep } from 'node:timers/promises'
import { GaplessError } from './errors.js'

export interface UntilOptions<T> {
  readonly timeoutMs: number
  readonly intervalMs?: number
  readonly signal?: AbortSignal
  /** undefined: not yet. */
  readonly poll: () => Promise<T | undefined> | T | undefined
}

/** Polls until there is an answer. Throws a GaplessError ('timeout') that says what it waited for, or the abort's reason. */
export async function until<T>(what: string, options: UntilOptions<T>): Promise<T> {
  const { timeoutMs, intervalMs = 50, signal, poll } = options
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    signal?.throwIfAborted()
    const answer = await poll()
    if (answer !== undefined) return answer
    if (performance.now() > deadlineMs) {
      throw new GaplessError(`waited ${String(timeoutMs / 1000)} s for ${what}`, { code: 'timeout' })
    }
    await sleep(intervalMs, undefined, { ...(signal && { signal }) })
  }
}
