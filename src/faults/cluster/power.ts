import { type Action } from '../../scenario/timeline.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually, machineOf } from './access.js'
import { reactions, type NodeDownOptions } from './kubelet.js'
import { powerOn } from './coming-back.js'
import { breaking } from './mending.js'
import { reactionTo, whatWent, type Reaction } from './node-silence.js'
import { podsSettled, readyAgain } from './nodes.js'
import { podsOn } from './pods.js'

/**
 * Cuts the power of a node: everything in it dies at once. Proven by Docker, which says that it is off, and by what
 * the node controller makes of it. Healed when it is on, with a first process of its own, Ready, and its pods settled.
 */
export const powerOff: FaultDefinition = {
  fault: 'power-off',
  needs: ['kubernetes'],
  targets: ['node'],
  takesNode: true,
  knobProblem: (_, knobs) =>
    knobs['node.diskSize'] === '0' ? undefined : 'a disk with a size of its own (node.diskSize) is in memory',
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const undo = { what: `power ${machine.node} on`, undo: () => powerOn(machine, access) }
    return breaking(access, undo, async () => {
      const pods = await podsOn(access, machine)
      const before = await bootTicks(machine)
      const sinceMs = context.nowMs()
      await machine.kill()
      const state = await machine.state()
      const off = evidence(
        context,
        `the power of ${machine.node} was cut: it is ${state}`,
        state === 'exited',
        {
          container: machine.container,
          state,
        },
      )
      const broken = async () =>
        (await machine.state()) === 'running' ? `${machine.node} came on by itself` : undefined
      const silence = { context, machine, sinceMs, pods, broken }
      const reaction = off.holds ? await reactionTo(silence, spec.parameters.until as Reaction) : []
      return {
        evidence: [off, ...reaction],
        lasts: async () => [await whatWent(silence), await stillOff(context, machine)],
        async heal() {
          const stayed = await stillOff(context, machine)
          const went = await whatWent(silence)
          const startedAtMs = context.nowMs()
          await powerOn(machine, access)
          const fresh = await bootedAnew(context, machine, before)
          const ready = await readyAgain(context, machine, startedAtMs)
          return [stayed, went, fresh, ready, await podsSettled(context, machine)]
        },
      }
    })
  },
}

/** When its first process started, in clock ticks of the kernel. */
async function bootTicks(machine: Machine): Promise<number> {
  const { stdout } = await machine.exec(['cat', '/proc/1/stat'])
  // Its name, in parentheses, may hold blanks.
  return Number(stdout.slice(stdout.lastIndexOf(')')).split(' ')[20])
}

async function bootedAnew(context: FaultContext, machine: Machine, before: number) {
  const timeoutMs = 30_000
  const after = await eventually(() => bootTicks(machine), { timeoutMs, signal: context.signal })
  const state = await machine.state()
  const fresh = after !== undefined && after > before
  const what = fresh
    ? `${machine.node} is on, with a first process that started ${seconds((after - before) * 10)} after the old one`
    : `${machine.node} did not come on anew within ${seconds(timeoutMs)}: it is ${state}`
  return evidence(context, what, fresh && state === 'running', { startTicks: { before, after } })
}

async function stillOff(context: FaultContext, machine: Machine) {
  const state = await machine.state()
  return evidence(context, `${machine.node} did not come back: it is ${state}`, state === 'exited', { state })
}

/** What a scenario says. */
export const powerActions = (node: string) => ({
  /** Cuts the node's power until `powerOn`. Its options are those of `stopKubelet`. */
  powerOff: ({ until = 'notReady' }: NodeDownOptions = {}): Action => ({
    type: 'inject',
    spec: {
      fault: 'power-off',
      target: { role: 'node', node },
      description: `power ${node} off${reactions[until].says.replace('its node', 'it')}`,
      parameters: { until: reactions[until].reaction },
    },
  }),
  /** Mends a fence, too: the node registers again. */
  powerOn: (): Action => ({
    type: 'heal',
    heals: 'power-off',
    target: { role: 'node', node },
    description: `power ${node} on`,
  }),
})
