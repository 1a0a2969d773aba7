import { RangeSet } from '../account/range-set.js'
import { sentBy, type SentMark } from '../account/gaps.js'
import { traceDuplicates, traceLoss, type Sightings } from '../account/trace.js'
import { type Custody } from '../custody/custody.js'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { type Duplicates, type FaultResult, type Gone } from '../store/result.js'
import { explainLoss } from '../verdict/explain.js'
import { explainDuplicates, type Passings } from '../verdict/explain-copies.js'
import { type Circumstances } from '../verdict/incidents.js'
import { loadZeroMs, timeOf } from './from-events.js'
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
  /** Of lines that arrived more than once, or never, by stream. */
  readonly passings: ReadonlyMap<string, Passings>
}

/** Without an aggregator, forwarders send to the destination. Plans of old say nothing of it: they had one. */
export function isDirect({ aggregator }: { readonly aggregator?: boolean }): boolean {
  return aggregator === false
}

/** Where each lost line went, and where each second copy came from. */
export function traceAll(input: TraceInput): { gone: Gone[]; duplicates: Duplicates[] } {
  const { plan, sets, custody, wire, marks, passings } = input
  const gone: Gone[] = []
  const duplicates: Duplicates[] = []
  const over = timeOf(input.events, 'drain-ended') ?? Infinity
  // What ends when the testbed is taken down ends after the count.
  const events = input.events.filter(({ atMs }) => atMs <= over)
  for (const { stream, lost, duplicated } of sets) {
    const planned = plan.streams.find((candidate) => candidate.stream === stream)
    const node = planned?.node ?? 'unknown'
    const passed = passings.get(stream) ?? noPassings
    const circumstances: Circumstances = {
      faults: input.faults,
      events,
      node,
      zeroMs: loadZeroMs(plan, input.events),
      sentBy: (seq) => sentBy(marks.get(stream) ?? [], seq),
      buffers: { forwarder: plan.knobs['forwarder.buffer'], aggregator: plan.knobs['aggregator.buffer'] },
    }
    if (custody) {
      const seen = sightingsOf(stream, planned?.pod, { ...input, custody })
      const skipped = rangeSet(custody.skipped[stream])
      const { crossings } = passed
      const positionsGone = custody.positionsGone.filter((positions) => positions.node === node)
      for (const traced of traceLoss(lost, seen)) {
        const passedOver = RangeSet.of(traced.ranges).intersect(skipped).count > 0
        const explained = explainLoss(traced, { ...circumstances, positionsGone, passedOver, crossings })
        const { lines, ranges, lastSeen, firstMissing } = traced
        gone.push({ lastSeen, firstMissing, lines, ranges, stream, node, ...explained })
      }
    }
    const again = {
      crossedAgain: wire === null ? null : wire.crossedAgain(stream),
      direct: isDirect(plan),
    }
    for (const traced of traceDuplicates(duplicated, again)) {
      const explanation = explainDuplicates(traced, passed, circumstances)
      duplicates.push({ ...traced, stream, node, explanation })
    }
  }
  return { gone, duplicates }
}

const noPassings: Passings = { crossings: [], deliveries: [], acks: [] }

function sightingsOf(
  stream: string,
  pod: string | undefined,
  { plan, custody, wire, events }: TraceInput & { custody: Custody },
): Sightings {
  return {
    logged: rangeSet(custody.logged[stream]),
    logsWereRemoved: events.some(
      (event) =>
        event.type === 'testbed' &&
        event.event.type === 'log-removed' &&
        event.event.kept === undefined &&
        event.event.pod === pod,
    ),
    read: custody.read === null ? null : rangeSet(custody.read[stream]),
    perhapsRead: rangeSet(custody.perhapsRead[stream]),
    crossed: wire === null ? null : wire.crossed(stream),
    acknowledged: wire === null ? null : wire.acknowledged(stream),
    formerly: custody.formerly.map(({ of, station, gone, streams }) => ({
      station: of,
      where: station,
      ...gone,
      lines: rangeSet(streams[stream]),
    })),
    direct: isDirect(plan),
  }
}
