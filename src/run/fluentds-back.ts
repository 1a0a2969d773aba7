import { setTimeout as sleep } from 'node:timers/promises'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type Pod } from '../testbed/contract.js'
import { neverBack } from './gone-nodes.js'
import { type Observer } from './observer.js'

const timeoutMs = 30_000
const logBytes = 1024 * 1024

export interface FluentdsBackOptions {
  readonly plan: Plan
  readonly observer: Observer
  readonly podOf: (target: FluentdTarget) => Pod
  /** Nodes that are gone for good. */
  readonly gone: ReadonlySet<string>
  readonly signal: AbortSignal
  readonly onPoll: () => Promise<void>
}

/**
 * Waits until every Fluentd does its work again after the last fault was mended: a container that was started needs
 * seconds until its worker reads, and fresh lines are to show that the pipeline recovered, not how fast Ruby starts.
 * One that is not back in time is no error here: the fresh lines will tell.
 */
export async function fluentdsBack(options: FluentdsBackOptions): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (performance.now() < deadlineMs) {
    options.signal.throwIfAborted()
    await options.onPoll()
    const back = await Promise.all(fluentdsOf(options.plan).map((target) => isBack(target, options)))
    if (back.every(Boolean)) return
    await sleep(100, undefined, { signal: options.signal })
  }
}

async function isBack(
  target: FluentdTarget,
  { observer, podOf, plan, gone }: FluentdsBackOptions,
): Promise<boolean> {
  if (neverBack(target, { plan, podOf, gone })) return true
  if ((await observer.buffer(target)) === null) return false
  return workerRuns(await podOf(target).logs({ maxBytes: logBytes }))
}

/** Whether the last thing that Fluentd's log says of its worker is that it runs. */
export function workerRuns(log: string): boolean {
  return log.lastIndexOf('fluentd worker is now running') >= log.lastIndexOf('starting fluentd-')
}
