import { describeDuration } from '../scenario/duration.js'
import { describeTarget, type AppTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { type Pod, type ProcessSelector } from '../testbed/contract.js'
import { evidence, podsOf, type FaultDefinition } from './fault.js'
import { comesTrue, describeProcesses, sameProcess } from './looking.js'

/** SIGSTOP: everything stands still with its sockets open, as on a machine that hangs. Proven by the process table. */
export const pause: FaultDefinition = {
  fault: 'pause',
  needs: ['signal-processes'],
  targets: ['forwarder', 'aggregator', 'app'],
  async inject(spec, context) {
    const pods = podsOf(spec.target, context)
    const which = spec.parameters.which as ProcessSelector
    const stopped = await inAll(pods, (pod) => pod.signal('SIGSTOP', which))
    const fromMs = context.nowMs()
    const processesNow = () => inAll(pods, async (pod) => (await pod.status()).processes)
    const allStopped = async () => {
      const processes = await processesNow()
      return stopped.every((one) => processes.find((other) => sameProcess(one, other))?.stopped === true)
    }
    const still = stopped.length > 0 && (await comesTrue(context, 30_000, allStopped))
    const what = `${describeProcesses(stopped)} got SIGSTOP and stand still (state T in the process table)`
    return {
      evidence: [evidence(context, what, still, { processes: stopped })],
      async heal() {
        const processes = await processesNow()
        const lastedMs = context.nowMs() - fromMs
        if (!stopped.some((one) => processes.some((other) => sameProcess(one, other)))) {
          // Nothing but SIGKILL ends a process that stands still: another fault did, and brings its own evidence.
          return [evidence(context, 'they never ran again: they were killed where they stood', still)]
        }
        const stayed = await allStopped()
        await inAll(pods, (pod) => pod.signal('SIGCONT', which))
        const goesOn = await comesTrue(context, 30_000, async () =>
          (await processesNow()).every((one) => one.stopped !== true),
        )
        return [
          evidence(context, `they stood still for ${describeDuration(lastedMs)}`, stayed),
          evidence(context, `they got SIGCONT and run again`, goesOn),
        ]
      },
    }
  },
}

async function inAll<T>(pods: readonly Pod[], of: (pod: Pod) => Promise<readonly T[]>): Promise<T[]> {
  return (await Promise.all(pods.map(of))).flat()
}

/** What a scenario says. */
export const pauseActions = (target: PodTarget | AppTarget) => ({
  /** SIGSTOP to all processes, or only to the workers that Fluentd's supervisor has, until `resume`. */
  pause: (which: 'all' | 'workers' = 'all'): Action => ({
    type: 'inject',
    spec: {
      fault: 'pause',
      target,
      description: `pause ${which === 'all' ? '' : 'the workers of '}the ${describeTarget(target)} (SIGSTOP)`,
      parameters: { which },
    },
  }),
  resume: (): Action => ({
    type: 'heal',
    heals: 'pause',
    target,
    description: `resume the ${describeTarget(target)} (SIGCONT)`,
  }),
})
