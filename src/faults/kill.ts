import { type Action } from '../scenario/timeline.js'
import { describeTarget, type PodTarget } from '../scenario/target.js'
import { until } from '../until.js'
import { type ContainerStatus, type ProcessRef } from '../testbed/contract.js'
import { evidence, podTarget, type FaultContext, type FaultDefinition } from './fault.js'

/**
 * Signals every process of a container, first process and workers, and keeps kubelet from restarting it until
 * healed. Proven by the processes being gone (id and start time) and by what was in the buffer at that moment.
 */
export const kill: FaultDefinition = {
  fault: 'kill',
  needs: ['signal-processes', 'hold-restart'],
  async inject(spec, context) {
    const target = podTarget(spec.target)
    const pod = context.pod(target)
    const bufferedBytes = await context.bufferedBytes(target)
    await pod.holdRestart()
    const killed = await pod.signal(spec.parameters['signal'] as NodeJS.Signals, 'all')
    const after = await containerEnded(target, context)
    const gone = after.state !== 'running' && killed.length > 0
    return {
      evidence: [
        evidence(
          context,
          `${describe(killed)} got ${String(spec.parameters['signal'])} and ${gone ? 'are gone' : 'still run'}`,
          gone,
          {
            processes: killed,
            container: after,
          },
        ),
        await bufferEvidence(target, context, bufferedBytes),
      ],
      async heal() {
        await pod.start()
        const status = await pod.status()
        const fresh = status.state === 'running' && status.containerId !== after.containerId
        const first = status.processes[0]
        const what = `${describeTarget(target)} runs again in a new container, process ${String(first?.pid)}`
        return [evidence(context, what, fresh, { container: status })]
      },
    }
  },
}

async function containerEnded(target: PodTarget, context: FaultContext): Promise<ContainerStatus> {
  const pod = context.pod(target)
  return until(`the container of the ${describeTarget(target)} to end`, {
    timeoutMs: 70_000,
    signal: context.signal,
    poll: async () => {
      const status = await pod.status()
      return status.state === 'running' ? undefined : status
    },
  })
}

/** File buffers are counted after the death, exactly; a memory buffer by what Fluentd last said of it. */
async function bufferEvidence(target: PodTarget, context: FaultContext, bytesBefore: number | null) {
  const lines = await context.linesInBufferFiles(target)
  return lines === null
    ? evidence(
        context,
        `its memory buffer held ${String(bytesBefore ?? 0)} bytes right before`,
        (bytesBefore ?? 0) > 0,
      )
    : evidence(context, `its buffer files held ${String(lines)} lines at that moment`, lines > 0, { lines })
}

function describe(processes: readonly ProcessRef[]): string {
  return `${String(processes.length)} processes (${processes.map(({ pid }) => pid).join(', ')})`
}

/** What a scenario says. */
export const killActions = (target: PodTarget) => ({
  /** Sends the signal to all processes of the container; it stays down until `start`. */
  kill: (signal: NodeJS.Signals = 'SIGKILL'): Action => ({
    type: 'inject',
    spec: {
      fault: 'kill',
      target,
      description: `${signal} to all processes of the ${describeTarget(target)}`,
      parameters: { signal },
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
