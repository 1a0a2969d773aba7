import { describeTarget, type AppTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { describeExit } from './looking.js'
import { evidence, podsOf, type FaultDefinition } from './fault.js'

/**
 * The applications of a node are stopped gracefully, as kubelet does it, and stay down until healed: then each goes on
 * with its stream, in a new log file. Proven by how each container ended, and by the new ones.
 */
export const stopApps: FaultDefinition = {
  fault: 'stop-apps',
  needs: ['hold-restart'],
  targets: ['app'],
  async inject({ target }, context) {
    const pods = podsOf(target, context)
    const stopped = await Promise.all(
      pods.map(async (pod) => {
        const before = await pod.status()
        await pod.stop()
        const after = await pod.status()
        const down = before.state === 'running' && after.state !== 'running'
        const what = `the container of ${pod.spec.name} ${describeExit(after.lastExit)} and stays down`
        return { pod, before, shown: evidence(context, what, down, { lastExit: after.lastExit }) }
      }),
    )
    return {
      evidence: stopped.map(({ shown }) => shown),
      heal: () =>
        Promise.all(
          stopped.map(async ({ pod, before }) => {
            await pod.start()
            const { state, containerId, processes } = await pod.status()
            const what = `${pod.spec.name} runs again in a new container, process ${String(processes[0]?.pid)}`
            return evidence(context, what, state === 'running' && containerId !== before.containerId)
          }),
        ),
    }
  },
}

/** What a scenario says. */
export const stopAppsActions = (node: string) => {
  const target: AppTarget = { role: 'app', node }
  const name = describeTarget(target)
  return {
    /** Stops the containers gracefully; they stay down until `start`, and then go on where they were. */
    stop: (): Action => ({
      type: 'inject',
      spec: { fault: 'stop-apps', target, description: `stop the ${name} gracefully`, parameters: {} },
    }),
    start: (): Action => ({ type: 'heal', heals: 'stop-apps', target, description: `start the ${name}` }),
  }
}
