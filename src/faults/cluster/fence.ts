import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type Machine, type MachineState } from '../../testbed/kubernetes/machine.js'
import { conditionOf, type NodeObject } from '../../testbed/kubernetes/objects.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, machineOf } from './access.js'
import { powerOn, startKubelet } from './coming-back.js'
import { backAgain, deletePods, elsewhere, outlivingAggregators, unregister } from './fencing.js'
import { breaking } from './mending.js'
import { nodeObject, podsSettled } from './nodes.js'
import { isMirror, podsOn, type SeenPod } from './pods.js'

/**
 * Declares a node dead: its pods are deleted by force, then the Node object unless that is kept, as kube-fencing does.
 * Proven by the uids, which are gone, and by what took the pods' place. Healed when the node is Ready again, registered
 * with another uid where it had to.
 */
const fenceOf = (kind: FenceKind): FaultDefinition => ({
  fault: kind.fault,
  needs: ['kubernetes'],
  targets: ['node'],
  healedAs: kind.healedAs,
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const { keepNode } = spec.parameters as unknown as Required<Pick<FenceOptions, 'keepNode'>>
    const undo = () => kind.revive(machine, context)
    return breaking(access, { what: `let ${machine.node} come back`, undo }, async () => {
      const state = await machine.state()
      const node = await nodeObject(access, machine)
      const why = node === undefined ? 'it is not registered' : kind.refusal(state, node)
      if (why !== undefined || node === undefined) {
        return {
          evidence: [evidence(context, `${machine.node} was not fenced: ${why ?? ''}`, false, { state })],
          heal: () => Promise.resolve([]),
        }
      }
      const pods = (await podsOn(access, machine)).filter((pod) => !isMirror(pod))
      const deleted = await deletePods(context, access, pods)
      const unregistered = keepNode ? [] : [await unregister(context, machine, node.metadata.uid)]
      return {
        evidence: [
          evidence(context, `${machine.node} ${kind.wasSo} when it was fenced`, true, { state }),
          deleted,
          ...unregistered,
          ...(await kind.leftRunning(context, machine, pods)),
          ...(await elsewhere(context, access, pods)),
        ],
        async heal() {
          await undo()
          const back = await backAgain(context, machine, { before: node.metadata.uid, keepNode })
          return [back, await podsSettled(context, machine)]
        },
      }
    })
  },
})

interface FenceKind {
  readonly fault: string
  readonly healedAs: string
  /** Why it is not fenced as it is, in words. */
  readonly refusal: (state: MachineState, node: NodeObject) => string | undefined
  readonly wasSo: string
  /** What of its pods goes on without their objects. */
  readonly leftRunning: (
    context: FaultContext,
    machine: Machine,
    pods: readonly SeenPod[],
  ) => Promise<readonly Evidence[]>
  readonly revive: (machine: Machine, context: FaultContext) => Promise<void>
}

/** Of a machine that is off, as nothing of its pods runs on unseen then. */
export const fence = fenceOf({
  fault: 'fence',
  healedAs: 'power-off',
  refusal: (state) => (state === 'running' ? 'it is on' : undefined),
  wasSo: 'was off',
  leftRunning: () => Promise.resolve([]),
  revive: (machine, context) => powerOn(machine, accessOf(context)),
})

/** Of a machine that is on and only silent: its pods' processes run on, and nobody in the cluster knows. */
export const fenceWhileOn = fenceOf({
  fault: 'fence-while-on',
  healedAs: 'kubelet-stopped',
  refusal: (state, node) => {
    if (state !== 'running') return `it is ${state}`
    const ready = conditionOf(node, 'Ready')?.status
    return ready === 'Unknown'
      ? undefined
      : `it is not silent, its condition Ready is ${ready ?? 'not there'}`
  },
  wasSo: 'was on, and silent,',
  leftRunning: outlivingAggregators,
  revive: (machine, context) => startKubelet(machine, accessOf(context)),
})

export interface FenceOptions {
  /** Only its pods are deleted. Default false: the Node object, too. */
  readonly keepNode?: boolean
  /**
   * It is fenced although nobody took its power away, which is what goes wrong where fencing cannot reach the machine:
   * what runs on it runs on. Mended by `startKubelet`. Default false: a machine that is on is not fenced.
   */
  readonly whileOn?: boolean
}

/** What a scenario says. */
export const fenceActions = (node: string) => ({
  /** Fences a node that is powered off, until `powerOn`, or one that is only silent. */
  fence: ({ keepNode = false, whileOn = false }: FenceOptions = {}): Action => ({
    type: 'inject',
    spec: {
      fault: whileOn ? 'fence-while-on' : 'fence',
      target: { role: 'node', node },
      description: `fence ${node}${whileOn ? ' while it is on' : ''}: delete its pods by force${
        keepNode ? '' : ', then its Node object'
      }`,
      parameters: { keepNode },
    },
  }),
})
