import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { account, type HeldLines } from '../account/account.js'
import { createArrivalFold } from '../account/arrivals.js'
import { layGaps, type SentMark } from '../account/gaps.js'
import { createLedgerTextReader } from '../account/ledger-text.js'
import { RangeSet } from '../account/range-set.js'
import { createSentLedgerReader, type SentNumbers } from '../account/sent-ledger.js'
import { arrivalSchema, latencyFileSchema, sentEntrySchema, type LatencyFile } from '../collector/protocol.js'
import { type Holding } from '../custody/collect.js'
import { type Plan } from '../scenario/plan.js'
import { type Phase, type RunEvent } from '../store/events.js'
import { type Result, type Sample, sampleSchema } from '../store/result.js'
import { readEvents, readPlan, runDirectory, type RunDirectory } from '../store/run-directory.js'
import { faultsOf } from '../verdict/faults.js'
import { judge } from '../verdict/judge.js'
import { type ZodType } from 'zod'

/**
 * Judges a stored run from its files alone, without a testbed: the same files give the same result. Throws a
 * GaplessError where the directory holds no run.
 */
export async function analyze(directory: string): Promise<Result> {
  const store = runDirectory(directory)
  const plan = readPlan(directory)
  const events = readEvents(directory)
  // Until a run has drained and its stations were looked into, what has not arrived is not lost: it is on its way.
  const cutShort =
    !events.some(({ type }) => type === 'drain-ended') || !existsSync(store.file('custody.json'))
  const { accounting, marks } = await accountFor(store, plan, cutShort)
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
    cutShort,
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
    timeline: await readSamples(store),
    latencyMs: quantiles(latency?.total),
    durationsMs: durationsOf(events),
    drain,
  }
}

/** The ledgers, folded as they are read: memory grows with gaps, not with lines or requests. */
async function accountFor(store: RunDirectory, plan: Plan, cutShort: boolean) {
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
  const held = cutShort ? heldSomewhere(sent) : readHoldings(store)
  const accounting = account({ sent, arrivals: fold.result(), held })
  return { accounting, marks }
}

function heldSomewhere(sent: ReadonlyMap<string, SentNumbers>): HeldLines[] {
  const station = 'somewhere in the pipeline: the run was cut short'
  return [...sent].map(([stream, numbers]) => ({ station, stream, lines: numbers.sent }))
}

function readHoldings(store: RunDirectory): HeldLines[] {
  const file = store.file('custody.json')
  const holdings = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Holding[]) : []
  return holdings.flatMap(({ station, streams }) =>
    Object.entries(streams).map(([stream, ranges]) => {
      const lines = new RangeSet()
      for (const [first, last] of ranges) lines.add(first, last)
      return { station, stream, lines }
    }),
  )
}

async function readSamples(store: RunDirectory): Promise<Sample[]> {
  const samples: Sample[] = []
  await readLedger(store.file('collector', 'samples.ndjson'), sampleSchema, (sample) => samples.push(sample))
  return samples
}

/** A file that is not there is an empty one: a run that was interrupted early has no ledgers yet. */
async function readLedger<Entry>(
  file: string,
  schema: ZodType<Entry>,
  use: (entry: Entry) => void,
): Promise<void> {
  if (!existsSync(file)) return
  const reader = createLedgerTextReader({ name: file, schema, use })
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) reader.push(chunk as Buffer)
  reader.end()
}

function readLatency(store: RunDirectory): LatencyFile | undefined {
  const file = store.file('collector', 'latency.json')
  return existsSync(file) ? latencyFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}

function quantiles(of: LatencyFile['total'] | undefined): Result['latencyMs'] {
  return of ? { p50: of.p50, p90: of.p90, p99: of.p99, max: of.max } : null
}

function phaseStart(events: readonly RunEvent[], phase: Phase): number | null {
  return events.find((event) => event.type === 'phase' && event.phase === phase)?.atMs ?? null
}

function timeOf(events: readonly RunEvent[], type: RunEvent['type']): number | null {
  return events.find((event) => event.type === type)?.atMs ?? null
}

function durationsOf(events: readonly RunEvent[]): Record<string, number> {
  const starts = events.filter((event) => event.type === 'phase' || event.type === 'ended')
  const durations = starts.slice(0, -1).map((event, index): [string, number] => {
    const next = starts[index + 1]
    return [event.type === 'phase' ? event.phase : event.type, (next?.atMs ?? event.atMs) - event.atMs]
  })
  return Object.fromEntries(durations)
}

function drainOf(events: readonly RunEvent[]): Result['drain'] {
  const ended = events.find((event) => event.type === 'drain-ended')
  return ended
    ? { drained: ended.drained, why: ended.why }
    : { drained: false, why: 'the run ended before it could drain' }
}

/** What makes the measuring itself doubtful. */
function problemsOf(events: readonly RunEvent[]): string[] {
  const collector = events.filter((event) => event.type === 'collector')
  const boots = new Set(collector.map(({ bootId }) => bootId))
  return [
    ...events
      .filter((event) => event.type === 'interrupted')
      .map(({ phase }) => `interrupted during ${phase}`),
    ...events.filter((event) => event.type === 'problem').map(({ message }) => message),
    boots.size > 1 && 'the collector restarted during the run, so its ledger has a gap of its own',
    ...collector.map(({ failure }) => failure !== null && `the collector failed: ${failure}`),
    !events.some((event) => event.type === 'ended') && 'the run was killed before its end',
  ].filter((problem) => typeof problem === 'string')
}
