import { countMatches, logText, type LogText } from '../scenario/condition.js'
import { type Pod, type ProcessRef } from '../testbed/contract.js'
import { until } from '../until.js'
import { type FaultContext } from './fault.js'

/** What faults look at to see whether they took effect. */

/** So much of a log is looked through, from its end. */
const logBytes = 1024 * 1024

/** Waits until it is so, and says whether it came to be within the time. Rejects only when the run is aborted. */
export async function comesTrue(
  context: FaultContext,
  timeoutMs: number,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const waiting = new AbortController()
  try {
    return await until('an effect', {
      timeoutMs,
      signal: AbortSignal.any([context.signal, waiting.signal]),
      poll: async () => ((await isSo()) ? true : undefined),
    })
  } catch {
    context.signal.throwIfAborted()
    return false
  }
}

/** Fluentd's own log from now on. */
export interface LogWatch {
  /** How often a text or pattern has been logged since. */
  count(text: string | RegExp): Promise<number>
  /** Whether it is logged within the time. */
  says(text: string | RegExp, timeoutMs: number): Promise<boolean>
}

/**
 * Watches for these texts: how often each is there by now is counted at once, as the times that Fluentd logs are
 * too coarse to tell new lines from old ones.
 */
export async function watchLog(
  context: FaultContext,
  pod: Pod,
  texts: readonly (string | RegExp)[],
): Promise<LogWatch> {
  const read = () => pod.logs({ maxBytes: logBytes })
  const key = (text: LogText) => JSON.stringify(text)
  const log = await read()
  const before = new Map(texts.map((text) => [key(logText(text)), countMatches(log, logText(text))]))
  const count = async (text: string | RegExp) =>
    countMatches(await read(), logText(text)) - (before.get(key(logText(text))) ?? 0)
  return {
    count,
    says: (text, timeoutMs) => comesTrue(context, timeoutMs, async () => (await count(text)) > 0),
  }
}

export function describeProcesses(processes: readonly ProcessRef[]): string {
  const pids = processes.map(({ pid }) => pid).join(', ')
  return processes.length === 1 ? `process ${pids}` : `${String(processes.length)} processes (${pids})`
}

/** How a container ended, in words. */
export function describeExit(
  exit: { readonly code: number | null; readonly signal: string | null } | undefined,
) {
  if (exit === undefined) return 'ended'
  if (exit.code === null && exit.signal === null) return 'ended, nobody saw how'
  return exit.signal === null ? `ended with exit code ${String(exit.code)}` : `was ended by ${exit.signal}`
}

export const sameProcess = (a: ProcessRef, b: ProcessRef) => a.pid === b.pid && a.startTime === b.startTime
