import { describeDuration, durationMs, type Duration } from '../scenario/duration.js'
import { describeTarget, type Target } from '../scenario/target.js'
import { type Action, type FaultSpec } from '../scenario/timeline.js'
import { type Evidence } from '../store/result.js'
import { type WireBehaviour } from '../wire/behaviour.js'
import { type WireNode } from '../wire/protocol.js'
import { evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { counted } from '../words.js'

/**
 * The network between forwarders and aggregator, broken at the tap. Each of these leaves the others alone, so that
 * they can be had together; `restore` mends all of a node's. Proven by what the tap counts: that it behaves so, and
 * at the end, that something met it.
 */

type CountName = 'opened' | 'resetByFault' | 'stuckInAll' | 'delayedBytes' | 'acksDropped'

interface WireFault {
  readonly fault: string
  readonly change: (spec: FaultSpec) => Partial<WireBehaviour>
  readonly mend: Partial<WireBehaviour>
  readonly isSo: (node: WireNode) => boolean
  /** What shows at the end that it was met. */
  readonly met: (since: (count: CountName) => number, context: MeetContext) => Promise<Evidence[]>
  readonly knobProblem?: FaultDefinition['knobProblem']
}

interface MeetContext {
  readonly context: FaultContext
  readonly nodes: readonly string[]
}

function wireFault({ fault, change, mend, isSo, met, knobProblem }: WireFault): FaultDefinition {
  return {
    fault,
    needs: [],
    targets: ['network'],
    healedAs: 'network',
    ...(knobProblem && { knobProblem }),
    async inject(spec, context) {
      const node = nodeOf(spec.target)
      const before = await wiresOf(node, context)
      await tapOf(context).behave(node, change(spec))
      const wires = await wiresOf(node, context)
      const resets = total(wires, 'resetByFault') - total(before, 'resetByFault')
      const so = wires.length > 0 && wires.every(([, wire]) => isSo(wire))
      const reset = resets > 0 ? `; ${counted(resets, 'connection')} reset` : ''
      return {
        evidence: [evidence(context, `${spec.description}: the tap says so${reset}`, so, { resets })],
        async heal() {
          const after = await wiresOf(node, context)
          const since = (count: CountName) => total(after, count) - total(wires, count)
          const found = await met(since, { context, nodes: after.map(([name]) => name) })
          await tapOf(context).behave(node, mend)
          return [...found, evidence(context, `mended: ${spec.description}`, true)]
        },
      }
    },
  }
}

export const networkCut = wireFault({
  fault: 'network-cut',
  change: () => ({ cut: true }),
  mend: { cut: false },
  isSo: ({ behaviour, listening }) => behaviour.cut && !listening,
  async met(since, { context, nodes }) {
    const waiting = await Promise.all(
      nodes.map(async (node) => ({ node, bytes: await context.bufferedBytes({ role: 'forwarder', node }) })),
    )
    return [
      evidence(context, 'no connection was accepted meanwhile', since('opened') === 0),
      // One that does not answer is the subject of another fault.
      ...waiting.flatMap(({ node, bytes }) =>
        bytes === null
          ? []
          : [
              evidence(context, `the forwarder on ${node} had ${counted(bytes, 'byte')} waiting`, bytes > 0, {
                bytes,
              }),
            ],
      ),
    ]
  },
})

export const networkDelay = wireFault({
  fault: 'network-delay',
  change: ({ parameters }) => ({ delayMs: parameters.delayMs as number }),
  mend: { delayMs: 0 },
  isSo: ({ behaviour }) => behaviour.delayMs > 0,
  met: (since, { context }) => {
    const bytes = since('delayedBytes')
    return Promise.resolve([
      evidence(context, `${counted(bytes, 'byte')} passed on late`, bytes > 0, { bytes }),
    ])
  },
})

export const networkBlackhole = wireFault({
  fault: 'network-blackhole',
  change: () => ({ blackhole: true }),
  mend: { blackhole: false },
  isSo: ({ behaviour }) => behaviour.blackhole,
  met: (since, { context }) => {
    const stuck = since('stuckInAll')
    return Promise.resolve([
      evidence(context, `${counted(stuck, 'connection')} accepted that got no further`, stuck > 0, {
        stuck,
      }),
    ])
  },
})

export const ackLost = wireFault({
  fault: 'ack-lost',
  change: () => ({ dropAcks: true }),
  mend: { dropAcks: false },
  isSo: ({ behaviour }) => behaviour.dropAcks,
  met: (since, { context }) => {
    const dropped = since('acksDropped')
    return Promise.resolve([
      evidence(context, `${counted(dropped, 'acknowledgement')} did not reach the forwarder`, dropped > 0, {
        dropped,
      }),
    ])
  },
  knobProblem: (_, knobs) =>
    knobs['forward.requireAck'] || knobs['forwarder.config'] !== ''
      ? undefined
      : 'without forward.requireAck there are no acknowledgements to lose',
})

function nodeOf(target: Target): string | null {
  if (target.role !== 'network') throw new TypeError(`${describeTarget(target)} is no network`)
  return target.node ?? null
}

function tapOf({ wire }: FaultContext) {
  if (wire === null) throw new TypeError('this pipeline has no tap')
  return wire
}

async function wiresOf(node: string | null, context: FaultContext): Promise<[string, WireNode][]> {
  const { nodes } = await tapOf(context).state()
  return Object.entries(nodes).filter(([name]) => node === null || name === node)
}

function total(wires: readonly (readonly [string, WireNode])[], count: CountName): number {
  return wires.reduce((sum, [, wire]) => sum + wire[count], 0)
}

/** What a scenario says of the network between a node's forwarder and the aggregator, or of all of it. */
export const network = (node?: string) => {
  const target: Target = { role: 'network', ...(node !== undefined && { node }) }
  const where = describeTarget(target)
  const inject = (
    fault: string,
    does: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Action => ({
    type: 'inject',
    spec: { fault, target, description: `the ${where} ${does}`, parameters },
  })
  return {
    /** Connections are reset, new ones refused. */
    cut: (): Action => inject('network-cut', 'is cut'),
    /** Everything takes so much longer, each way. */
    delay: (by: Duration): Action =>
      inject('network-delay', `delays everything by ${describeDuration(durationMs(by))} each way`, {
        delayMs: durationMs(by),
      }),
    /** Connections are accepted and stay open, and nothing passes. */
    blackhole: (): Action => inject('network-blackhole', 'swallows everything without a word'),
    /** Data passes, acknowledgements do not come back. */
    dropAcks: (): Action => inject('ack-lost', 'loses acknowledgements'),
    /** Mends whatever was broken of it. */
    restore: (): Action => ({ type: 'heal', heals: 'network', target, description: `restore the ${where}` }),
  }
}
