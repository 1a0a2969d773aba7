import { type Action } from '../../scenario/timeline.js'
import { evidence, type FaultDefinition } from '../fault.js'
import { accessOf, machineOf } from './access.js'
import { answersAgain } from './containerd.js'
import { containersKept, containersOn, programsAgain, programsOf, type Program } from './node-programs.js'
import { readyAgain } from './nodes.js'

/**
 * Kills a node's kubelet or containerd, which whoever keeps them starts again. Proven by a new process of that one and
 * the same one of the other; shown with which containers are the same as before.
 */
export const programKilled: FaultDefinition = {
  fault: 'program-killed',
  needs: ['kubernetes'],
  targets: ['node'],
  momentary: true,
  async inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const { program } = spec.parameters as { readonly program: Program }
    const containers = await containersOn(access, machine)
    const before = await programsOf(machine)
    const pid = before[program]
    if (pid === undefined) {
      return { evidence: [evidence(context, `${program} on ${machine.node} did not run`, false)] }
    }
    const killedAtMs = context.nowMs()
    await machine.exec(['kill', '-KILL', String(pid)])
    const killed = `${program} on ${machine.node}, process ${String(pid)}, got SIGKILL`
    const again = await programsAgain(context, machine, before, [program])
    return {
      evidence: [
        evidence(context, killed, true, { pid }),
        again,
        // A kubelet that goes on has nothing new to say of its node, and says so every five minutes only.
        program === 'kubelet'
          ? await readyAgain(context, machine, killedAtMs)
          : await answersAgain(context, machine, killedAtMs),
        await containersKept(context, access, containers),
      ],
    }
  },
}

/** What a scenario says. */
export const programActions = (node: string) => {
  const kill = (program: Program): Action => ({
    type: 'inject',
    spec: {
      fault: 'program-killed',
      target: { role: 'node', node },
      description: `kill ${program} on ${node}`,
      parameters: { program },
    },
  })
  return {
    /** SIGKILL; it is started again by whoever keeps it running. */
    killKubelet: () => kill('kubelet'),
    /** SIGKILL; containers run on, and what they write waits for the next containerd. */
    killContainerd: () => kill('containerd'),
  }
}
