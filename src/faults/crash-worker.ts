import { describeTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { evidence, inEach, type FaultDefinition } from './fault.js'
import { comesTrue, describeProcesses, sameProcess, watchLog } from './looking.js'

const running = 'fluentd worker is now running'
const noticed = /Worker \d+ exited unexpectedly/

/**
 * SIGKILL to Fluentd's workers alone: its supervisor lives on and starts new ones. Proven by the old processes being
 * gone, a new one that says it runs, and the supervisor's own word.
 */
export const crashWorker: FaultDefinition = {
  fault: 'crash-worker',
  needs: ['signal-processes'],
  momentary: true,
  inject: inEach(async (target, _, context) => {
    const pod = context.pod(target)
    const log = await watchLog(context, pod, [running, noticed])
    const before = await pod.status()
    const killed = await pod.signal('SIGKILL', 'workers')
    const again = killed.length > 0 && (await log.says(running, 60_000))
    const left = async () =>
      (await pod.status()).processes.filter((one) => killed.some((other) => sameProcess(one, other)))
    const gone = await comesTrue(context, 30_000, async () => (await left()).length === 0)
    const after = await pod.status()
    const fresh = after.processes.slice(1).filter((one) => !killed.some((other) => sameProcess(one, other)))
    const kept = after.containerId === before.containerId
    return {
      evidence: [
        evidence(
          context,
          `the worker, ${describeProcesses(killed)}, got SIGKILL and is gone`,
          gone && killed.length > 0,
          {
            processes: killed,
          },
        ),
        evidence(
          context,
          `Fluentd's supervisor lives on and started a new worker, ${describeProcesses(fresh)}`,
          again && kept && fresh.length > 0,
          { processes: fresh },
        ),
        evidence(context, `its log says that a worker exited unexpectedly`, await log.says(noticed, 30_000)),
      ],
    }
  }),
}

/** What a scenario says. */
export const crashWorkerActions = (target: PodTarget) => ({
  /** SIGKILL to the worker; Fluentd's supervisor starts a new one, and the step is done when that runs. */
  crashWorker: (): Action => ({
    type: 'inject',
    spec: {
      fault: 'crash-worker',
      target,
      description: `SIGKILL to the worker of the ${describeTarget(target)}`,
      parameters: {},
    },
  }),
})
