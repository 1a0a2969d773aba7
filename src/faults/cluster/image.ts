import { describeTarget, type PodTarget } from '../../scenario/target.js'
import { type Action } from '../../scenario/timeline.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { evidence, type FaultContext, type FaultDefinition, podsOf } from '../fault.js'
import { accessOf, machineOf } from './access.js'
import { breaking } from './mending.js'
import { podsSettled, trouble } from './nodes.js'
import { podsOn } from './pods.js'

/**
 * Takes the image of a Fluentd off a node, so that kubelet finds it missing when it needs it next; what runs on it
 * runs on. It is kept under another name, so that it can be put back where no registry is within reach. Proven by
 * containerd's list of images, before and after.
 */
export const imageRemoved: FaultDefinition = {
  fault: 'image-removed',
  needs: ['kubernetes'],
  targets: ['node'],
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const { of } = spec.parameters as { readonly of: 'forwarder' | 'aggregator' }
    const target: PodTarget = of === 'aggregator' ? { role: of } : { role: of, node: machine.node }
    const image = podsOf(target, context)[0]?.spec.image
    if (image === undefined) throw new TypeError(`the ${describeTarget(target)} names no image`)
    const undo = { what: `put ${image} back on ${machine.node}`, undo: () => putBack(machine) }
    return breaking(accessOf(context), undo, async () => {
      const names = await namesOf(machine, image)
      for (const name of names) await ctr(machine, 'tag', '--force', name, kept + name)
      if (names.length > 0) await ctr(machine, 'rm', ...names)
      const left = await namesOf(machine, image)
      const what =
        names.length === 0
          ? `${image} was not on ${machine.node}`
          : `${image} was on ${machine.node} and is ${left.length === 0 ? 'not there any more' : 'still there'}`
      return {
        evidence: [evidence(context, what, names.length > 0 && left.length === 0, { names })],
        async heal() {
          const missed = await missedBy(context, machine)
          const pulled = (await namesOf(machine, image)).length > 0
          const absent = pulled
            ? `${machine.node} had pulled ${image} again by then`
            : `${image} was absent from ${machine.node} to the end`
          await putBack(machine)
          const back = (await namesOf(machine, image)).length > 0
          return [
            evidence(context, absent, true, { pulled }),
            missed,
            evidence(context, `${image} is ${back ? 'there again' : 'still not there'}`, back),
            await podsSettled(context, machine),
          ]
        },
      }
    })
  },
}

/** Names that begin so are ours. */
const kept = 'kept.gapless.dev/'

async function ctr(machine: Machine, ...command: readonly string[]): Promise<string> {
  return (await machine.exec([...machine.services.ctr, 'images', ...command])).stdout
}

async function allNames(machine: Machine): Promise<readonly string[]> {
  return (await ctr(machine, 'ls', '--quiet')).split('\n').filter((name) => name !== '')
}

/** By its tag, in full: as Docker does, containerd leaves nothing out. */
async function namesOf(machine: Machine, image: string): Promise<readonly string[]> {
  const full = [image, `docker.io/${image}`, `docker.io/library/${image}`]
  return (await allNames(machine)).filter((name) => full.includes(name))
}

/** Everything that is kept on a machine; one that is off has to be on for it. */
async function putBack(machine: Machine): Promise<void> {
  if ((await machine.state()) !== 'running') return
  for (const name of (await allNames(machine)).filter((one) => one.startsWith(kept))) {
    await ctr(machine, 'tag', '--force', name, name.slice(kept.length))
    await ctr(machine, 'rm', name)
  }
}

/** Which pods have missed it, in kubelet's own words; none, where none was started meanwhile. */
async function missedBy(context: FaultContext, machine: Machine) {
  const waiting = (await podsOn(accessOf(context), machine)).filter(({ status }) =>
    status?.containerStatuses?.some(({ state }) => state?.waiting?.reason?.includes('Image') === true),
  )
  const what = waiting.length === 0 ? 'no pod is missing it now' : waiting.map(trouble).join(', ')
  return evidence(context, what, true, { pods: waiting.map(({ metadata }) => metadata.uid) })
}

/** What a scenario says. */
export const imageActions = (node: string) => {
  const target = { role: 'node', node } as const
  return {
    /** Takes the image of the forwarder or of the aggregator off the node, until `restoreImage`. */
    removeImage: (of: 'forwarder' | 'aggregator'): Action => ({
      type: 'inject',
      spec: {
        fault: 'image-removed',
        target,
        description: `remove the image of the ${of} from ${node}`,
        parameters: { of },
      },
    }),
    restoreImage: (): Action => ({
      type: 'heal',
      heals: 'image-removed',
      target,
      description: `put the image back on ${node}`,
    }),
  }
}
