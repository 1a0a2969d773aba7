import { type RangeSet } from '../account/range-set.js'
import { sentBy, type SentMark } from '../account/gaps.js'
import { traceDuplicates, traceLoss, type Sightings } from '../account/trace.js'
import { type Custody } from '../custody/custody.js'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { type Duplicates, type FaultResult, type Gone } from '../store/result.js'
import { explainDuplicates, explainLoss, type Circumstances } from '../verdict/explain.js'
import { timeOf } from './from-events.js'
import { rangeSet } from './read-run.js'
import { type WireSightings } from './wire.js'

/** The lines of a stream that something is to be said of. */
export interface LineSets {
  readonly stream: string
  readonly lost: RangeSet
  readonly duplicated: RangeSet
}

export interface TraceInput {
  readonly plan: Plan
  readonly events: readonly RunEvent[]
  readonly faults: readonly FaultResult[]
  readonly marks: ReadonlyMap<string, readonly SentMark[]>
  readonly sets: readonly LineSets[]
  readonly custody: Custody | undefined
  /** null: there was no tap. */
  readonly wire: WireSightings | null
}

/** Where each lost line went, and where each second copy came from. */
export function traceAll(input: TraceInput): { gone: Gone[]; duplicates: Duplicates[] } {
  const { plan, sets, custody, wire, marks } = input
  const gone: Gone[] = []
  const duplicates: Duplicates[] = []
  for (const { stream, lost, duplicated } of sets) {
    const planned = plan.streams.find((candidate) => candidate.stream === stream)
    const node = planned?.node ?? 'unknown'
    const over = timeOf(input.events, 'drain-ended') ?? Infinity
    const circumstances = (ranges: readonly (readonly [number, number])[]): Circumstances => ({
      ...input,
      // What ends when the testbed is taken down ends after the count.
      events: input.events.filter(({ atMs }) => atMs <= over),
      node,
      sentFromMs: sentBy(marks.get(stream) ?? [], ranges[0]?.[0] ?? 1),
      buffers: { forwarder: plan.knobs['forwarder.buffer'], aggregator: plan.knobs['aggregator.buffer'] },
    })
    if (custody) {
      const seen = sightingsOf(stream, planned?.pod, { ...input, custody })
      for (const traced of traceLoss(lost, seen)) {
        gone.push({ ...traced, stream, node, explanation: explainLoss(traced, circumstances(traced.ranges)) })
      }
    }
    for (const traced of traceDuplicates(duplicated, wire === null ? null : wire.crossedAgain(stream))) {
      duplicates.push({
        ...traced,
        stream,
        node,
        explanation: explainDuplicates(traced, circumstances(traced.ranges)),
      })
    }
  }
  return { gone, duplicates }
}

function sightingsOf(
  stream: string,
  pod: string | undefined,
  { custody, wire, events }: TraceInput & { custody: Custody },
): Sightings {
  return {
    logged: rangeSet(custody.logged[stream]),
    logsWereRemoved: events.some(
      (event) =>
        event.type === 'testbed' &&
        (event.event.type === 'log-removed' || event.event.type === 'pod-deleted') &&
        event.event.pod === pod,
    ),
    read: custody.read === null ? null : rangeSet(custody.read[stream]),
    crossed: wire === null ? null : wire.crossed(stream),
    acknowledged: wire === null ? null : wire.acknowledged(stream),
  }
}
