import { setTimeout as sleep } from 'node:timers/promises'
import { signalProcess } from '../../../processes/identity.js'
import type { PodSpec } from '../../contract.js'
import type { Container } from './container.js'

/** Kubelet leaves a container that long after SIGTERM, even if preStop has used up the grace period. */
const minimumGraceMs = 2_000

/**
 * Ends a container as kubelet does: preStop, SIGTERM to the first process, SIGKILL to all when the grace period is
 * over. A grace period of 0 means SIGKILL at once. Resolves when nothing of it runs.
 */
export async function terminate(container: Container, spec: PodSpec, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    const deadlineMs = performance.now() + graceMs
    await endedOr(container, graceMs, (signal) => runPreStop(container, spec, signal))
    signalProcess(container.main, 'SIGTERM')
    await endedOr(container, Math.max(deadlineMs - performance.now(), minimumGraceMs))
  }
  await container.processes.killAll(10_000)
  await container.finished
}

async function runPreStop(container: Container, spec: PodSpec, signal: AbortSignal): Promise<void> {
  if (spec.preStop === undefined) return
  if ('exec' in spec.preStop) await container.exec(spec.preStop.exec)
  else await sleep(spec.preStop.sleepSeconds * 1000, undefined, { signal }).catch(() => undefined)
}

/** Waits until the container's first process has ended, the time is over, or the work (if there is any) is done. */
async function endedOr(
  container: Container,
  timeoutMs: number,
  work?: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const settled = new AbortController()
  const timeout = sleep(timeoutMs, undefined, { signal: settled.signal }).catch(() => undefined)
  await Promise.race([container.exited, timeout, ...(work ? [work(settled.signal)] : [])])
  settled.abort()
}
