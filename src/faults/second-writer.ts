import { type Action } from '../scenario/timeline.js'
import { type Pod } from '../testbed/contract.js'
import { describeHeld, evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { comesTrue } from './looking.js'
import { counted } from '../words.js'

const running = 'fluentd worker is now running'
const aggregator = { role: 'aggregator' } as const
/** Of a pipeline that has no other. */
const only = { role: 'aggregator', replica: null } as const

/**
 * A second aggregator works on the volume of the first one, which runs on: what becomes of a volume that two nodes may
 * mount when the pod on an unreachable node is replaced without being dead. The second one has addresses of its own,
 * so that forwarders stay with the first. Proven by both running on the same directory.
 */
export const secondWriter: FaultDefinition = {
  fault: 'second-writer',
  needs: ['shared-volumes', 'node-files'],
  targets: ['aggregator'],
  knobProblem: (_, knobs) =>
    knobs['aggregator.replicas'] === 1 &&
    knobs['aggregator.stateVolume'] === 'persistentVolumeClaim' &&
    knobs['aggregator.buffer'] === 'file'
      ? undefined
      : 'two aggregators share nothing unless aggregator.buffer=file is on aggregator.stateVolume=persistentVolumeClaim, with aggregator.replicas=1',
  async inject(_, context) {
    const first = context.pod(only)
    const before = await context.heldBelow(context.stateDirectory(only))
    const spec = await context.secondAggregator()
    const second = await context.cluster.createPod(spec)
    const started = await comesTrue(context, 60_000, async () => (await second.logs()).includes(running))
    const [one, other] = await Promise.all([first.status(), second.status()])
    const both = one.state === 'running' && other.state === 'running'
    const pids = `${String(one.processes[0]?.pid)} and ${String(other.processes[0]?.pid)}`
    const directory = second.resolve(
      second.spec.volumes.find(({ name }) => name === 'state')?.mountPath ?? '/',
    )
    return {
      evidence: [
        evidence(context, `two aggregators run, processes ${pids}`, both && started, {
          first: one,
          second: other,
        }),
        evidence(
          context,
          `both have the same volume; the second one found ${describeHeld(before)} of the first in it`,
          directory === context.stateDirectory(only),
          { directory, ...before },
        ),
      ],
      heal: () => end(context, first, second),
    }
  },
}

async function end(context: FaultContext, first: Pod, second: Pod) {
  await second.delete()
  const { state } = await first.status()
  const said = async (pod: Pod) =>
    // Lines of a backtrace are indented.
    (await pod.logs()).split('\n').filter((line) => /^\S.*\[(warn|error)\]/.test(line))
  const [ofFirst, ofSecond] = [await said(first), await said(second)]
  const what = `the second one is gone; the first logged ${counted(ofFirst.length, 'warning or error', 'warnings and errors')}, the second ${String(ofSecond.length)}`
  return [
    evidence(context, what, state === 'running', { first: ofFirst.slice(-5), second: ofSecond.slice(-5) }),
  ]
}

/** What a scenario says. */
export const secondWriterActions = {
  /** Starts another aggregator on the same volume while this one runs, until `stopSecond`. */
  startSecond: (): Action => ({
    type: 'inject',
    spec: {
      fault: 'second-writer',
      target: aggregator,
      description: 'start a second aggregator on the volume of the first',
      parameters: {},
    },
  }),
  stopSecond: (): Action => ({
    type: 'heal',
    heals: 'second-writer',
    target: aggregator,
    description: 'delete the second aggregator',
  }),
}
