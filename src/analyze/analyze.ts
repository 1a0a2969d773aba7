import { account, type HeldLines } from '../account/account.js'
import { createArrivalFold } from '../account/arrivals.js'
import { layGaps, type SentMark } from '../account/gaps.js'
import { RangeSet } from '../account/range-set.js'
import { createSentLedgerReader, type SentNumbers } from '../account/sent-ledger.js'
import { arrivalSchema, sentEntrySchema, type LatencyFile } from '../collector/protocol.js'
import { type Custody } from '../custody/collect.js'
import { type Plan } from '../scenario/plan.js'
import { sampleSchema, type Result } from '../store/result.js'
import { readEvents, readPlan, runDirectory, type RunDirectory } from '../store/run-directory.js'
import { faultsOf } from '../verdict/faults.js'
import { judge } from '../verdict/judge.js'
import { drainOf, durationsOf, phaseStart, problemsOf, timeOf } from './from-events.js'
import { readAll, readCustody, readLatency, readLedger } from './read-run.js'

/**
 * Judges a stored run from its files alone, without a testbed: the same files give the same result. Throws a
 * GaplessError where the directory holds no run.
 */
export async function analyze(directory: string): Promise<Result> {
  const store = runDirectory(directory)
  const plan = readPlan(directory)
  const events = readEvents(directory)
  // Until a run has drained and its stations were looked into, what has not arrived is not lost: it is on its way.
  const drained = events.some(({ type }) => type === 'drain-ended')
  const custody = drained ? readCustody(store) : undefined
  const { accounting, marks } = await accountFor(store, plan, custody)
  const latency = readLatency(store)
  const faults = faultsOf(events)
  const streams = accounting.streams.map((stream) => ({
    ...stream,
    node: plan.streams.find((planned) => planned.stream === stream.stream)?.node ?? 'unknown',
    latencyMs: quantiles(latency?.streams[stream.stream]),
  }))
  const drain = drainOf(events)
  const judgement = judge({
    expect: plan.expect,
    streams,
    totals: accounting.totals,
    faults,
    drain,
    cutShort: custody === undefined,
    plannedLines: plan.load.lines * plan.streams.length,
    controlStreams: plan.streams.filter(({ control }) => control).map(({ stream }) => stream),
    loadFromMs: phaseStart(events, 'load'),
    loadToMs: timeOf(events, 'load-ended'),
    problems: problemsOf(events),
  })
  return {
    schemaVersion: 1,
    id: plan.id,
    scenario: plan.scenario,
    variant: plan.variant,
    proves: plan.proves,
    claims: [...plan.claims],
    testbed: plan.testbed,
    emulated: [...plan.emulated],
    profile: plan.profile,
    knobs: plan.knobs,
    seed: plan.seed,
    command: plan.command,
    versions: plan.versions,
    startedAtMs: plan.startedAtMs,
    ...judgement,
    reasons: [...judgement.reasons],
    expectations: [...judgement.expectations],
    totals: accounting.totals,
    streams,
    faults,
    gaps: layGaps({ streams: accounting.streams, marks, faults }),
    timeline: await readAll(store.file('collector', 'samples.ndjson'), sampleSchema),
    latencyMs: quantiles(latency?.total),
    durationsMs: durationsOf(events),
    drain,
  }
}

/** The ledgers, folded as they are read: memory grows with gaps, not with lines or requests. */
async function accountFor(store: RunDirectory, plan: Plan, custody: Custody | undefined) {
  const sentReader = createSentLedgerReader()
  const marks = new Map<string, SentMark[]>()
  await readLedger(store.file('collector', 'sent.ndjson'), sentEntrySchema, (entry) => {
    sentReader.add(entry)
    if (entry.type !== 'sent') return
    const ofStream = marks.get(entry.stream) ?? []
    ofStream.push({ upTo: entry.upTo, atMs: entry.atMs })
    marks.set(entry.stream, ofStream)
  })
  const sent = sentReader.result()
  const fold = createArrivalFold(sent, plan.lateAfterMs === null ? {} : { lateAfterMs: plan.lateAfterMs })
  await readLedger(store.file('collector', 'arrivals.ndjson'), arrivalSchema, (arrival) => {
    fold.add(arrival)
  })
  const held = custody === undefined ? heldSomewhere(sent) : heldLines(custody)
  const accounting = account({ sent, arrivals: fold.result(), held })
  return { accounting, marks }
}

function heldSomewhere(sent: ReadonlyMap<string, SentNumbers>): HeldLines[] {
  const station = 'somewhere in the pipeline: the run was cut short'
  return [...sent].map(([stream, numbers]) => ({ station, stream, lines: numbers.sent }))
}

function heldLines({ held }: Custody): HeldLines[] {
  return held.flatMap(({ station, streams }) =>
    Object.entries(streams).map(([stream, ranges]) => ({ station, stream, lines: rangeSet(ranges) })),
  )
}

/** Ranges as they were found, in any order and perhaps overlapping, as a set. */
function rangeSet(ranges: readonly (readonly [number, number])[] = []): RangeSet {
  const set = new RangeSet()
  for (const [first, last] of ranges) set.add(first, last)
  return set
}

function quantiles(of: LatencyFile['total'] | undefined): Result['latencyMs'] {
  return of ? { p50: of.p50, p90: of.p90, p99: of.p99, max: of.max } : null
}
