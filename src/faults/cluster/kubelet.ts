import { type Action } from '../../scenario/timeline.js'
import { type FaultDefinition } from '../fault.js'
import { accessOf, machineOf } from './access.js'
import { startKubelet } from './coming-back.js'
import { breaking } from './mending.js'
import { reactionTo, whatWent, type Reaction } from './node-silence.js'
import { containersKept, containersOn, programsEnded, programsOf } from './node-programs.js'
import { podsSettled, readyAgain } from './nodes.js'
import { podsOn } from './pods.js'
import { stayedDown, stopAndWatch } from './units.js'

/**
 * Stops kubelet; what runs on the node runs on. Where it is a child of another service, such as k0s, that is stopped,
 * and containerd with it. Proven by its unit, which is inactive and stays so, and by what the
 * node controller makes of the silence. Healed when the node is Ready again and its pods have settled.
 */
export const kubeletStopped: FaultDefinition = {
  fault: 'kubelet-stopped',
  needs: ['kubernetes'],
  targets: ['node'],
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const undo = { what: `start kubelet on ${machine.node}`, undo: () => startKubelet(machine, access) }
    return breaking(access, undo, async () => {
      const pods = await podsOn(access, machine)
      const containers = await containersOn(access, machine)
      const programs = await programsOf(machine)
      const stopped = await stopAndWatch(context, machine, 'kubelet')
      const ended = await programsEnded(context, machine, programs)
      const silence = { context, machine, sinceMs: stopped.stoppedAtMs, pods, broken: stopped.cameBack }
      const reaction = stopped.evidence.holds
        ? await reactionTo(silence, spec.parameters.until as Reaction)
        : []
      return {
        evidence: [stopped.evidence, ended, ...reaction],
        async heal() {
          const stayed = await stayedDown(context, 'kubelet', stopped)
          const went = await whatWent(silence)
          const startedAtMs = context.nowMs()
          await startKubelet(machine, access)
          const ready = await readyAgain(context, machine, startedAtMs)
          const settled = await podsSettled(context, machine)
          return [stayed, went, ready, settled, await containersKept(context, access, containers)]
        },
      }
    })
  },
}

/** How long the step lasts: until the program has stopped, the node controller has noticed, or pods were told to go. */
export interface NodeDownOptions {
  readonly until?: 'stopped' | 'notReady' | 'evicted'
}

export const reactions: Record<
  NonNullable<NodeDownOptions['until']>,
  { reaction: Reaction; says: string }
> = {
  stopped: { reaction: 'none', says: '' },
  notReady: { reaction: 'notReady', says: ' until its node is not Ready' },
  evicted: { reaction: 'evicted', says: ' until its pods are told to go' },
}

/** What a scenario says. */
export const kubeletActions = (node: string) => ({
  /**
   * Stops kubelet until `startKubelet`. The step is done once the node controller has noticed, which takes its
   * node-monitor-grace-period; with `until: 'evicted'` once it has told pods to go, which takes their tolerationSeconds.
   */
  stopKubelet: ({ until = 'notReady' }: NodeDownOptions = {}): Action => ({
    type: 'inject',
    spec: {
      fault: 'kubelet-stopped',
      target: { role: 'node', node },
      description: `stop kubelet on ${node}${reactions[until].says}`,
      parameters: { until: reactions[until].reaction },
    },
  }),
  startKubelet: (): Action => ({
    type: 'heal',
    heals: 'kubelet-stopped',
    target: { role: 'node', node },
    description: `start kubelet on ${node}`,
  }),
})
