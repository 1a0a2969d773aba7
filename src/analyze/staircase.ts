import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { type FaultResult, type Sample, type Staircase } from '../store/result.js'
import { type TestbedEvent } from '../testbed/contract.js'
import { counted, seconds } from '../words.js'
import { phaseStart, timeOf } from './from-events.js'
import { longestSilence } from './silence.js'

export interface StaircaseInput {
  readonly plan: Pick<Plan, 'knobs' | 'aggregator'>
  readonly events: readonly RunEvent[]
  readonly faults: readonly FaultResult[]
  readonly samples: readonly Sample[]
}

type Stair = Staircase['steps'][number]

/**
 * How an aggregator came from one node to another together with its volume, step by step; undefined of a run whose
 * aggregator has no such volume.
 */
export function staircaseOf({ plan, events, faults, samples }: StaircaseInput): Staircase | undefined {
  const { knobs, aggregator } = plan
  // Plans of old know of no storage.
  const moves = ['block', 'file'].includes(knobs['aggregator.storage'])
  if (!aggregator || !moves || knobs['aggregator.stateVolume'] === 'emptyDir') return undefined
  const fromMs = phaseStart(events, 'load')
  if (fromMs === null) return undefined
  const toMs = phaseStart(events, 'custody') ?? Infinity
  const silence = longestSilence(samples, { fromMs, toMs: timeOf(events, 'drain-ended') ?? toMs })
  const steps = [
    ...faults.flatMap(stairsOfFault),
    ...events.flatMap(stairsOfEvent),
    ...(silence ? stairsOfSilence(silence) : []),
  ]
  const within = steps.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  return { steps: within.sort((a, b) => a.atMs - b.atMs), withoutDelivery: silence }
}

function stairsOfFault({ description, injectedAtMs, healedAtMs, evidence }: FaultResult): Stair[] {
  if (injectedAtMs === null) return []
  const lasted = healedAtMs !== null && healedAtMs > injectedAtMs && evidence.length > 0
  return [
    { atMs: injectedAtMs, what: description, kind: 'fault' },
    ...(lasted ? [{ atMs: healedAtMs, what: `over: ${description}`, kind: 'fault' as const }] : []),
  ]
}

function stairsOfEvent(event: RunEvent): Stair[] {
  if (event.type === 'buffer-found') {
    const { atMs, node, files, lines } = event
    const what = `the buffer is found on ${node}: ${counted(files, 'file')} with ${counted(lines, 'line')}`
    return [{ atMs, what, kind: 'volume' }]
  }
  if (event.type !== 'testbed') return []
  const { event: seen } = event
  if ('claim' in seen) return stairsOfVolume(seen)
  if (seen.type === 'node-ready') return [{ atMs: seen.atMs, what: readiness(seen), kind: 'cluster' }]
  if (!('pod' in seen) || !seen.pod.startsWith('fluentd-aggregator')) return []
  const what = aboutPod(seen)
  return what === undefined ? [] : [{ atMs: seen.atMs, what, kind: 'cluster' }]
}

type Of<Type extends TestbedEvent['type']> = Extract<TestbedEvent, { readonly type: Type }>

function readiness({ node, ready }: Of<'node-ready'>): string {
  switch (ready) {
    case 'True':
      return `${node} is Ready`
    case 'unregistered':
      return `the Node object of ${node} is gone`
    default:
      return `${node} is not Ready (${ready})`
  }
}

function aboutPod(seen: Extract<TestbedEvent, { readonly pod: string }>): string | undefined {
  const { pod, node } = seen
  switch (seen.type) {
    case 'pod-terminating':
      return `${pod} on ${node} is told to go: Terminating`
    case 'pod-deleted':
      return `the object of ${pod} on ${node} is gone`
    case 'pod-scheduled':
      return `${pod} is put on ${node}`
    case 'pod-warned':
      return `${seen.reason} of ${pod} on ${node}: ${seen.message}`
    case 'pod-outlived':
      return seen.runs
        ? `the processes of ${pod} on ${node} run on without it`
        : `the processes of ${pod} on ${node} that ran on without it have ended`
    case 'container-started':
      return `the aggregator runs on ${node}`
    default:
      return undefined
  }
}

function stairsOfVolume(seen: Extract<TestbedEvent, { readonly claim: string }>): Stair[] {
  const stair = (what: string, atMs = seen.atMs): Stair => ({ atMs, what, kind: 'volume' })
  const { node } = seen
  switch (seen.type) {
    case 'volume-attached':
      return [stair(`the volume is attached to ${node}`)]
    case 'volume-detached':
      return [stair(detachment(node, seen.stillMounted))]
    case 'volume-mounted':
      return [stair(`the volume is mounted for a pod on ${node}`)]
    case 'volume-unmounted':
      return [stair(`the volume is unmounted from a pod on ${node}`)]
    case 'detach-refused':
      return [stair(`detaching the volume from ${node} is refused: ${seen.message}`)]
    case 'two-writers':
      return seen.untilMs === null
        ? [stair(`two writers: the volume is mounted on ${node} and ${seen.besides} at once`)]
        : [
            stair(
              `two writers no more: until here the volume was mounted on ${node} and ${seen.besides}`,
              seen.untilMs,
            ),
          ]
    case 'volume-written':
      return [
        stair(`${node} is first seen to write into a file of the volume`),
        stair(`${node} is last seen to write into a file of the volume`, seen.untilMs),
      ]
  }
}

function detachment(node: string, stillMounted: true | 'unknown' | undefined): string {
  switch (stillMounted) {
    case undefined:
      return `the volume is detached from ${node}`
    case true:
      return `the attachment to ${node} is gone, and the volume is still mounted there`
    case 'unknown':
      return `the attachment to ${node} is gone, and whether the volume is still mounted there is not known`
  }
}

function stairsOfSilence({ fromMs, toMs }: NonNullable<Staircase['withoutDelivery']>): Stair[] {
  const begins: Stair = { atMs: fromMs, what: 'from here on nothing is delivered', kind: 'lines' }
  if (toMs === null) return [begins]
  const again = `lines are delivered again, after ${seconds(toMs - fromMs)}`
  return [begins, { atMs: toMs, what: again, kind: 'lines' }]
}
