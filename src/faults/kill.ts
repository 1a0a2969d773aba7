import { describeTarget, type FluentdTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { type ContainerStatus, type ProcessRef } from '../testbed/contract.js'
import { until } from '../until.js'
import { evidence, inEach, type FaultContext, type FaultDefinition } from './fault.js'
import { counted } from '../words.js'

/**
 * Signals every process of a container, first process and workers, and keeps kubelet from restarting it until
 * healed, where that can be: on a real node kubelet restarts it by itself. Proven by the end of the container that
 * they were in, and where lines were to be in its buffer at that moment, by what was in it.
 */
export const kill: FaultDefinition = {
  fault: 'kill',
  needs: ['signal-processes'],
  inject: inEach(async (target, spec, context) => {
    const signal = spec.parameters.signal as NodeJS.Signals
    const whileBuffered = spec.parameters.whileBuffered === true
    const pod = context.pod(target)
    const held = await pod.holdRestart()
    const before = await pod.status()
    const buffered = whileBuffered ? await stopWithLinesBuffered(target, context) : undefined
    const killed = await pod.signal(signal, 'all')
    const after = await containerEnded(target, before, context)
    return {
      evidence: [
        evidence(
          context,
          `${describe(killed)} got ${signal} and are gone${held ? '' : '; kubelet starts a new container'}`,
          killed.length > 0,
          { processes: killed, before, after },
        ),
        ...(buffered ? [buffered] : []),
      ],
      async heal() {
        await pod.start()
        const status = await pod.status()
        const fresh = status.state === 'running' && status.containerId !== before.containerId
        const first = String(status.processes[0]?.pid)
        const what = `the ${describeTarget(target)} runs again in a new container, process ${first}`
        return [evidence(context, what, fresh, { container: status })]
      },
    }
  }),
}

/**
 * Stops the processes at a moment when the buffer is not empty. What is seen in a buffer may be flushed before a
 * signal gets there, so a file buffer is looked into while everything stands still, and if it was flushed just
 * then, everything goes on and is stopped again a little later. A memory buffer cannot be seen from outside:
 * what monitor_agent said of it right before is all there is.
 */
async function stopWithLinesBuffered(target: FluentdTarget, context: FaultContext) {
  const pod = context.pod(target)
  return until(`lines in the buffer of the ${describeTarget(target)}`, {
    timeoutMs: 30_000,
    intervalMs: 20,
    signal: context.signal,
    poll: async () => {
      const bytes = await context.bufferedBytes(target)
      // One that does not answer is booting, and what lies in its buffer is of its former life.
      if (bytes === null || bytes === 0) return undefined
      await pod.signal('SIGSTOP', 'all')
      const lines = await context.linesInBufferFiles(target)
      if (lines === null) {
        return evidence(context, `its memory buffer held ${counted(bytes, 'byte')} right before`, true, {
          bytes,
        })
      }
      if (lines > 0) {
        return evidence(context, `its buffer files held ${counted(lines, 'line')} at that moment`, true, {
          lines,
        })
      }
      await pod.signal('SIGCONT', 'all')
      return undefined
    },
  })
}

async function containerEnded(
  target: FluentdTarget,
  before: ContainerStatus,
  context: FaultContext,
): Promise<ContainerStatus> {
  const pod = context.pod(target)
  return until(`the container of the ${describeTarget(target)} to end`, {
    timeoutMs: 70_000,
    signal: context.signal,
    poll: async () => {
      const status = await pod.status()
      return status.state === 'running' && status.containerId === before.containerId ? undefined : status
    },
  })
}

function describe(processes: readonly ProcessRef[]): string {
  return `${counted(processes.length, 'process', 'processes')} (${processes.map(({ pid }) => pid).join(', ')})`
}

/** What a scenario says. */
export const killActions = (target: PodTarget) => ({
  /**
   * Sends the signal to all processes of the container, which stays down until `start`. `whileBuffered` picks a
   * moment when lines are in its buffer, and proves it.
   */
  kill: (
    signal: NodeJS.Signals = 'SIGKILL',
    { whileBuffered = false }: { readonly whileBuffered?: boolean } = {},
  ): Action => ({
    type: 'inject',
    spec: {
      fault: 'kill',
      target,
      description: `${signal} to all processes of the ${describeTarget(target)}${
        whileBuffered ? ' while lines are in its buffer' : ''
      }`,
      parameters: { signal, whileBuffered },
    },
  }),
  /** Starts what `kill` ended. */
  start: (): Action => ({
    type: 'heal',
    heals: 'kill',
    target,
    description: `start the ${describeTarget(target)}`,
  }),
})
