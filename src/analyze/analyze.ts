import { layGaps } from '../account/gaps.js'
import { type LatencyFile } from '../collector/protocol.js'
import { sampleSchema, type Result, type StreamResult } from '../store/result.js'
import { checkItself } from '../selfcheck/check.js'
import { problemsOfSelfCheck } from '../selfcheck/sentence.js'
import { type Plan } from '../scenario/plan.js'
import { readEvents, readPlan, runDirectory } from '../store/run-directory.js'
import { faultsOf } from '../verdict/faults.js'
import { judge } from '../verdict/judge.js'
import {
  drainOf,
  durationsOf,
  lastingStreams,
  phaseStart,
  problemsOf,
  recoveryOf,
  timeOf,
  versionsOf,
} from './from-events.js'
import { forwardersOf } from './forwarders.js'
import { isGaplessError, messageOf } from '../errors.js'
import { measure, unmeasured } from './measure.js'
import { readAll, readLatency } from './read-run.js'
import { type WireSightings } from './wire.js'
import { staircaseOf } from './staircase.js'
import { counted } from '../words.js'

export interface AnalyzeOptions {
  /** Files that cannot be read make the run prove nothing, where it is known that they are a run's own. */
  readonly asFound?: boolean
}

/**
 * Judges a stored run from its files alone, without a testbed: the same files give the same result. Throws a
 * GaplessError where the directory holds no run.
 */
export async function analyze(directory: string, options: AnalyzeOptions = {}): Promise<Result> {
  const store = runDirectory(directory)
  const plan = readPlan(directory)
  const events = readEvents(directory)
  const crashes: string[] = []
  const measured = await measure({ store, plan, events }).catch((error: unknown) => {
    // A file that somebody damaged is wrong input; whatever else fails is a flaw of the instrument.
    if (isGaplessError(error) && options.asFound !== true) throw error
    crashes.push(`the accounting failed: ${messageOf(error)}`)
    return unmeasured
  })
  const counted = measured !== unmeasured
  const { accounting, gone, duplicates, custody, wire, marks, blocked, fresh, incomplete } = measured
  const selfCheck = await checkItself({ store, plan, events, measure })
  const latency = readLatency(store)
  const faults = faultsOf(events)
  const streams = accounting.streams.map((stream) => ({
    ...stream,
    node: plan.streams.find((planned) => planned.stream === stream.stream)?.node ?? 'unknown',
    latencyMs: quantiles(latency?.streams[stream.stream]),
  }))
  const drain = drainOf(events)
  const recovery = counted ? recoveryOf(plan, events, fresh) : null
  const latencyMs = quantiles(latency?.total)
  const samples = await readAll(store.file('collector', 'samples.ndjson'), sampleSchema)
  const staircase = staircaseOf({ plan, events, faults, samples })
  const judgement = judge({
    expect: plan.expect,
    streams,
    totals: accounting.totals,
    gone,
    duplicates,
    latencyMs,
    recovery,
    faults,
    drain,
    counted,
    cutShort: custody === undefined,
    plannedLines: plannedLines(plan, streams),
    controlStreams: plan.streams.filter(({ control }) => control).map(({ stream }) => stream),
    loadFromMs: phaseStart(events, 'load'),
    loadToMs: timeOf(events, 'load-ended'),
    problems: [
      ...crashes,
      ...problemsOf(events),
      ...incomplete,
      ...problemsOfTap(wire),
      ...problemsOfSelfCheck(selfCheck),
    ],
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
    versions: { ...plan.versions, ...versionsOf(events) },
    startedAtMs: plan.startedAtMs,
    ...judgement,
    reasons: [...judgement.reasons],
    expectations: [...judgement.expectations],
    totals: accounting.totals,
    streams,
    faults,
    gaps: layGaps({ streams: accounting.streams, marks, faults }),
    ...(staircase && { staircase }),
    ...((blocked.length > 0 || (counted && plan.tellsBlocked)) && { blocked: [...blocked] }),
    forwarders: forwardersOf(plan, events),
    timeline: samples,
    gone,
    duplicates,
    recovery,
    latencyMs,
    durationsMs: durationsOf(events),
    drain,
    selfCheck,
  }
}

/** A stream whose node goes for good was to write as many as it did. */
function plannedLines(plan: Plan, streams: readonly StreamResult[]): number {
  const lasting = lastingStreams(plan).map(({ stream }) => stream)
  const others = streams.filter(({ stream }) => !lasting.includes(stream))
  const written = others.reduce((sum, { sent, indeterminate }) => sum + sent + indeterminate, 0)
  return plan.load.lines * lasting.length + written
}

function problemsOfTap(wire: WireSightings | null): string[] {
  const lines = wire?.swallowedLines ?? 0
  return lines === 0 ? [] : [`the tap on the wire took ${counted(lines, 'line')} that it could not hand on`]
}

function quantiles(of: LatencyFile['total'] | undefined): Result['latencyMs'] {
  return of ? { p50: of.p50, p90: of.p90, p99: of.p99, max: of.max } : null
}
