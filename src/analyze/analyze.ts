import { existsSync } from 'node:fs'
import { account, type Accounting, type HeldLines } from '../account/account.js'
import { createArrivalFold } from '../account/arrivals.js'
import { layGaps, type SentMark } from '../account/gaps.js'
import { RangeSet } from '../account/range-set.js'
import { createSentLedgerReader, type SentNumbers } from '../account/sent-ledger.js'
import { createArrivalTextReader } from '../account/arrival-text.js'
import { arrivalSchema, sentEntrySchema, type LatencyFile } from '../collector/protocol.js'
import { takeCustody, type Custody } from '../custody/custody.js'
import { type Plan } from '../scenario/plan.js'
import { sampleSchema, type Result } from '../store/result.js'
import { readEvents, readPlan, runDirectory, type RunDirectory } from '../store/run-directory.js'
import { faultsOf } from '../verdict/faults.js'
import { judge } from '../verdict/judge.js'
import { drainOf, durationsOf, phaseStart, problemsOf, recoveryOf, timeOf } from './from-events.js'
import { traceAll, type LineSets } from './trace-all.js'
import { createWireFold, type WireSightings } from './wire.js'
import { wireEntrySchema } from '../wire/ledger.js'
import { feed, rangeSet, readAll, readEvidence, readLatency, readLedger } from './read-run.js'

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
  const evidence = drained ? readEvidence(store) : undefined
  const custody = evidence && (await takeCustody(plan, evidence, (file) => store.file(file)))
  const { accounting, marks, sets, probed } = await accountFor(store, plan, custody)
  const wire = await readWire(store)
  const latency = readLatency(store)
  const faults = faultsOf(events)
  const streams = accounting.streams.map((stream) => ({
    ...stream,
    node: plan.streams.find((planned) => planned.stream === stream.stream)?.node ?? 'unknown',
    latencyMs: quantiles(latency?.streams[stream.stream]),
  }))
  const drain = drainOf(events)
  const traced = traceAll({ plan, events, faults, marks, sets, custody, wire })
  const recovery = recoveryOf(plan, events, probed)
  const latencyMs = quantiles(latency?.total)
  const judgement = judge({
    expect: plan.expect,
    streams,
    totals: accounting.totals,
    ...traced,
    latencyMs,
    recovery,
    faults,
    drain,
    cutShort: custody === undefined,
    plannedLines: plan.load.lines * plan.streams.length,
    controlStreams: plan.streams.filter(({ control }) => control).map(({ stream }) => stream),
    loadFromMs: phaseStart(events, 'load'),
    loadToMs: timeOf(events, 'load-ended'),
    problems: [...problemsOf(events), ...problemsOfTap(wire)],
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
    ...traced,
    recovery,
    latencyMs,
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
  const probed = new Map<string, number>()
  const probeFrom = plan.load.lines - plan.probeLines + 1
  const fold = createArrivalFold(sent, {
    ...(plan.lateAfterMs !== null && { lateAfterMs: plan.lateAfterMs }),
    onFirstArrival: (stream, { last, arrivedAtMs }) => {
      if (last >= probeFrom && !probed.has(stream)) probed.set(stream, arrivedAtMs)
    },
  })
  const arrivalsFile = store.file('collector', 'arrivals.ndjson')
  await feed(
    arrivalsFile,
    createArrivalTextReader({
      name: arrivalsFile,
      schema: arrivalSchema,
      use: (arrival) => {
        fold.add(arrival)
      },
    }),
  )
  const held = custody === undefined ? heldSomewhere(sent) : heldLines(custody)
  const arrivals = fold.result()
  const accounting = account({ sent, arrivals, held })
  return { accounting, marks, sets: setsOf(accounting), probed }
}

/** null where there was no tap. */
async function readWire(store: RunDirectory): Promise<WireSightings | null> {
  const file = store.file('wire', 'wire.ndjson')
  if (!existsSync(file)) return null
  const fold = createWireFold()
  await readLedger(file, wireEntrySchema, (entry) => {
    fold.add(entry)
  })
  return fold.result()
}

function problemsOfTap(wire: WireSightings | null): string[] {
  const lines = wire?.swallowedLines ?? 0
  return lines === 0 ? [] : [`the tap on the wire took ${String(lines)} lines that it could not hand on`]
}

function setsOf({ streams }: Accounting): LineSets[] {
  return streams.map(({ stream, lostRanges, duplicatedRanges }) => ({
    stream,
    lost: RangeSet.of(lostRanges),
    duplicated: RangeSet.of(duplicatedRanges),
  }))
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

function quantiles(of: LatencyFile['total'] | undefined): Result['latencyMs'] {
  return of ? { p50: of.p50, p90: of.p90, p99: of.p99, max: of.max } : null
}
