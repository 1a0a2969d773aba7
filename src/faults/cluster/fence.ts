import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { conditionOf } from '../../testbed/kubernetes/objects.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually, machineOf } from './access.js'
import { breaking } from './mending.js'
import { nodeObject, nodePath, podsSettled } from './nodes.js'
import {
  controllerOf,
  isDaemonSetPod,
  isMirror,
  lookAgain,
  nameOf,
  podPath,
  podsOn,
  shortly,
  type SeenPod,
} from './pods.js'
import { powerOn } from './power.js'
import { replacementOf } from './replacement.js'

/**
 * Declares a node dead that is powered off: its pods are deleted by force, then the Node object, as kube-fencing
 * does. A machine that is on is not fenced, as its pods would run on unseen. Proven by the uids, which are gone, and
 * by what took the pods' place. Healed when the node has registered again, with another uid.
 */
export const fence: FaultDefinition = {
  fault: 'fence',
  needs: ['kubernetes'],
  targets: ['node'],
  healedAs: 'power-off',
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const undo = { what: `power ${machine.node} on, to register again`, undo: () => powerOn(machine, access) }
    return breaking(access, undo, async () => {
      const state = await machine.state()
      const node = await nodeObject(access, machine)
      if (state === 'running' || node === undefined) {
        const why = state === 'running' ? 'it is on' : 'it is not registered'
        return {
          evidence: [evidence(context, `${machine.node} was not fenced: ${why}`, false, { state })],
          heal: () => Promise.resolve([]),
        }
      }
      const pods = (await podsOn(access, machine)).filter((pod) => !isMirror(pod))
      const deleted = await deletePods(context, access, pods)
      const unregistered = await unregister(context, machine, node.metadata.uid)
      return {
        evidence: [
          evidence(context, `${machine.node} was off when it was fenced`, true, { state }),
          deleted,
          unregistered,
          ...(await elsewhere(context, access, pods)),
        ],
        async heal() {
          await powerOn(machine, access)
          const registered = await registeredAgain(context, machine, node.metadata.uid)
          return [registered, await podsSettled(context, machine)]
        },
      }
    })
  },
}

async function registeredAgain(context: FaultContext, machine: Machine, before: string): Promise<Evidence> {
  const access = accessOf(context)
  const timeoutMs = 180_000
  const fromMs = context.nowMs()
  const node = await eventually(
    async () => {
      const found = await nodeObject(access, machine)
      const ready = found && conditionOf(found, 'Ready')?.status === 'True'
      return ready && found.metadata.uid !== before ? found : undefined
    },
    { timeoutMs, signal: context.signal },
  )
  const after = node?.metadata.uid
  const what = node
    ? `${machine.node} has registered again, with the uid ${node.metadata.uid}, and is Ready after ${seconds(context.nowMs() - fromMs)}`
    : `${machine.node} has not registered again, or is not Ready, after ${seconds(timeoutMs)}`
  return evidence(context, what, node !== undefined, { before, after })
}

async function deletePods(
  context: FaultContext,
  access: KubernetesAccess,
  pods: readonly SeenPod[],
): Promise<Evidence> {
  await Promise.all(
    pods.map((pod) => access.api.remove(podPath(pod), { gracePeriodSeconds: 0, uid: pod.metadata.uid })),
  )
  const left = async () => {
    const now = await Promise.all(pods.map((pod) => lookAgain(access, pod)))
    return now.filter((pod) => pod !== undefined)
  }
  const timeoutMs = 30_000
  await eventually(async () => ((await left()).length === 0 ? true : undefined), {
    timeoutMs,
    signal: context.signal,
  })
  const still = await left()
  const what =
    still.length === 0
      ? `${String(pods.length)} pods were deleted by force and are gone by their uids`
      : `${still.map(nameOf).join(', ')} were still there ${seconds(timeoutMs)} after they were deleted by force`
  return evidence(context, what, pods.length > 0 && still.length === 0, { pods: pods.map(shortly) })
}

async function unregister(context: FaultContext, machine: Machine, uid: string): Promise<Evidence> {
  const access = accessOf(context)
  await access.api.remove(nodePath(machine), { uid })
  const gone = await eventually(
    async () => ((await nodeObject(access, machine))?.metadata.uid === uid ? undefined : true),
    { timeoutMs: 30_000, signal: context.signal },
  )
  const is = gone ? 'is gone' : 'was still there 30 s later'
  const what = `the Node object of ${machine.node}, ${uid}, was deleted and ${is}`
  return evidence(context, what, gone === true, { uid })
}

/** Where the run's pods are now that may be anywhere; one that cannot be says why, as a volume may bind it. */
async function elsewhere(context: FaultContext, access: KubernetesAccess, pods: readonly SeenPod[]) {
  const timeoutMs = 90_000
  const movable = pods.filter(
    (pod) =>
      pod.metadata.namespace === access.namespace && controllerOf(pod) !== undefined && !isDaemonSetPod(pod),
  )
  return Promise.all(
    movable.map(async (pod) => {
      const { pod: other, says } = await replacementOf(access, pod, context, timeoutMs)
      const scheduled = other && conditionOf(other, 'PodScheduled')
      const told = other?.spec.nodeName !== undefined || scheduled?.status === 'False'
      return evidence(context, `${nameOf(pod)} (${controllerOf(pod)?.kind ?? ''}): ${says}`, told, {
        ...shortly(pod),
        replacement: other && shortly(other),
      })
    }),
  )
}

/** What a scenario says. */
export const fenceActions = (node: string) => ({
  /** Fences a node that is powered off, until `powerOn`. */
  fence: (): Action => ({
    type: 'inject',
    spec: {
      fault: 'fence',
      target: { role: 'node', node },
      description: `fence ${node}: delete its pods by force, then its Node object`,
      parameters: {},
    },
  }),
})
