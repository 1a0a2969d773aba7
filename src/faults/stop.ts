import { describeTarget, type PodTarget } from '../scenario/target.js'
import { describeDuration, durationMs, type Duration } from '../scenario/duration.js'
import { type Action } from '../scenario/timeline.js'
import { evidence, inEach, type FaultContext, type FaultDefinition } from './fault.js'
import { describeExit, watchLog, type LogWatch } from './looking.js'
import { type Evidence } from '../store/result.js'
import { counted } from '../words.js'

const shuttingDown = 'shutting down fluentd worker'
const finished = /Worker \d+ (finished|exited)/
/** One line for each try to flush that failed. */
const flushFailed = /failed to flush the buffer/

/**
 * A graceful stop as kubelet does it: preStop, SIGTERM to the first process, SIGKILL when the grace period is over;
 * then the container is kept down until healed. Proven by how it ended, and by what Fluentd's own log says of it.
 */
export const stop: FaultDefinition = {
  fault: 'stop',
  needs: ['hold-restart'],
  healedAs: 'kill',
  inject: inEach(async (target, spec, context) => {
    const pod = context.pod(target)
    const grace = graceSeconds(spec.parameters)
    const before = await pod.status()
    const log = await watchLog(context, pod, [shuttingDown, finished, flushFailed])
    const fromMs = context.nowMs()
    await pod.stop(grace === undefined ? {} : { gracePeriodSeconds: grace })
    const tookMs = context.nowMs() - fromMs
    const after = await pod.status()
    const graceMs = 1000 * (grace ?? pod.spec.terminationGracePeriodSeconds)
    const what = `the container ${describeExit(after.lastExit)} ${describeDuration(tookMs)} after it was told to stop (grace period ${describeDuration(graceMs)})`
    const down = before.state === 'running' && after.state !== 'running'
    return {
      evidence: [
        evidence(context, what, down, { lastExit: after.lastExit, tookMs }),
        ...(graceMs > 0 ? [await whatFluentdSaid(context, log)] : []),
      ],
      async heal() {
        await pod.start()
        const status = await pod.status()
        const fresh = status.state === 'running' && status.containerId !== before.containerId
        const what = `the ${describeTarget(target)} runs again in a new container, process ${String(status.processes[0]?.pid)}`
        return [evidence(context, what, fresh, { container: status })]
      },
    }
  }),
}

/** Whether Fluentd itself noticed that it was to stop, and whether it came to its end. */
export async function whatFluentdSaid(context: FaultContext, log: LogWatch): Promise<Evidence> {
  const [began, ended, failed] = [
    await log.count(shuttingDown),
    await log.count(finished),
    await log.count(flushFailed),
  ]
  const how = ended > 0 ? 'and finished' : 'and did not finish'
  const flushes = failed > 0 ? `; ${counted(failed, 'flush', 'flushes')} failed meanwhile` : ''
  const what =
    began > 0
      ? `that it shut its worker down ${how}${flushes}`
      : 'nothing of a shutdown: its worker did not run'
  return evidence(context, `Fluentd's log says ${what}`, began > 0)
}

export function watchShutdown(context: FaultContext, pod: Parameters<typeof watchLog>[1]): Promise<LogWatch> {
  return watchLog(context, pod, [shuttingDown, finished, flushFailed])
}

export function graceSeconds(parameters: Readonly<Record<string, unknown>>): number | undefined {
  const { gracePeriod } = parameters
  return typeof gracePeriod === 'string' ? durationMs(gracePeriod) / 1000 : undefined
}

/** What a scenario says. */
export const stopActions = (target: PodTarget) => ({
  /**
   * Stops the container gracefully, as kubelet does; it stays down until `start`. The grace period is the pod's
   * (knob terminationGracePeriod) unless given; 0s is SIGKILL at once.
   */
  stop: ({ gracePeriod }: { readonly gracePeriod?: Duration } = {}): Action => ({
    type: 'inject',
    spec: {
      fault: 'stop',
      target,
      description: `stop the ${describeTarget(target)} gracefully${
        gracePeriod === undefined ? '' : ` with a grace period of ${gracePeriod}`
      }`,
      parameters: gracePeriod === undefined ? {} : { gracePeriod },
    },
  }),
})
