import { type Action } from '../../scenario/timeline.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually, machineOf } from './access.js'
import { breaking } from './mending.js'
import { startUnit, stayedDown, stopAndWatch } from './units.js'

/**
 * Stops containerd: containers run on, but nobody reads what they write, and none can be started. Proven by its unit
 * and by its socket, which nobody answers. Healed when it answers.
 */
export const containerdStopped: FaultDefinition = {
  fault: 'containerd-stopped',
  needs: ['kubernetes', 'containerd-service'],
  targets: ['node'],
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const undo = { what: `start containerd on ${machine.node}`, undo: () => startUnit(machine, 'containerd') }
    return breaking(accessOf(context), undo, async () => {
      const stopped = await stopAndWatch(context, machine, 'containerd')
      const answer = await ask(machine)
      const what = answer ? 'its socket still answers' : 'its socket answers nobody'
      return {
        evidence: [stopped.evidence, evidence(context, what, !answer)],
        async heal() {
          const stayed = await stayedDown(context, 'containerd', stopped)
          const startedAtMs = context.nowMs()
          await startUnit(machine, 'containerd')
          const answers = await answersAgain(context, machine, startedAtMs)
          // Pods are kubelet's, which may be down as well.
          return [stayed, answers]
        },
      }
    })
  },
}

async function ask(machine: Machine): Promise<boolean> {
  const { exitCode } = await machine.exec(['timeout', '5', ...machine.services.ctr, 'version'], {
    allowFailure: true,
  })
  return exitCode === 0
}

/** Waits until containerd answers at its socket. */
export async function answersAgain(context: FaultContext, machine: Machine, fromMs: number) {
  const timeoutMs = 60_000
  const answers = await eventually(async () => ((await ask(machine)) ? true : undefined), {
    timeoutMs,
    signal: context.signal,
  })
  const what = answers
    ? `containerd on ${machine.node} answers again, ${seconds(context.nowMs() - fromMs)} later`
    : `containerd on ${machine.node} did not answer within ${seconds(timeoutMs)}`
  return evidence(context, what, answers === true)
}

/** What a scenario says. */
export const containerdActions = (node: string) => {
  const target = { role: 'node', node } as const
  return {
    /** Stops containerd until `startContainerd`; containers run on. */
    stopContainerd: (): Action => ({
      type: 'inject',
      spec: {
        fault: 'containerd-stopped',
        target,
        description: `stop containerd on ${node}`,
        parameters: {},
      },
    }),
    startContainerd: (): Action => ({
      type: 'heal',
      heals: 'containerd-stopped',
      target,
      description: `start containerd on ${node}`,
    }),
  }
}
