import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Measure, type MeasureInput } from '../analyze/measure.js'
import { type Arrival } from '../collector/protocol.js'
import { isDirect } from '../analyze/trace-all.js'
import { messageOf } from '../errors.js'
import { collectRuns } from '../marker/collect.js'
import { type Plan } from '../scenario/plan.js'
import { type RunEvent } from '../store/events.js'
import { type SelfCheck } from '../store/result.js'
import { differenceOf, disagreements } from './compare.js'
import { receive, writeCopy } from './copy.js'
import { drawPlants } from './draw.js'
import { findLines, markClean, reportedSent } from './lines.js'
import { named, sumOutcomes, type Outcome } from './outcome.js'
import { defects, plant, type Plant } from './plant.js'
import { loadEvidence, usualLimits, type Limits, type LoadedEvidence } from './raw-evidence.js'
import { sentenceOf } from './sentence.js'
import { createWhereabouts } from './whereabouts.js'

export interface SelfCheckInput extends MeasureInput {
  /** What is checked: it gets a copy of the run as it was, and one with known defects in it. */
  readonly measure: Measure
  readonly limits?: Limits
}

/**
 * Plants known defects in a copy of a run's own evidence, counts it in the way in which the run is counted, and sees
 * whether the result differs in just these. Also holds the arrival ledger against the bytes that it speaks of. The
 * run's directory is only read; the copies are in a temporary directory, for as long as this takes.
 */
export async function checkItself(input: SelfCheckInput): Promise<SelfCheck> {
  try {
    return await check(input)
  } catch (error) {
    return resultOf({ ok: false, problems: [`the self-check itself failed: ${messageOf(error)}`] })
  }
}

async function check({
  store,
  plan,
  events,
  measure,
  limits = usualLimits,
}: SelfCheckInput): Promise<SelfCheck> {
  const loaded = await loadEvidence(store, limits)
  const { evidence } = loaded
  const checked = { requests: evidence.requests.length, bytes: loaded.bodyBytes, ofBytes: loaded.ofBodyBytes }
  const arrivals = receive(plan.runToken, evidence)
  const untrue = disagreeingLedger(plan, loaded, arrivals, events)
  const lines = findLines(plan.runToken, evidence)
  if (lines.length === 0 && untrue.length === 0) return resultOf({ ok: null, checked })
  markClean(lines, evidence, reportedSent(loaded.sent))
  const plants = drawPlants(
    {
      evidence,
      lines,
      whereabouts: createWhereabouts(plan.runToken, evidence),
      logsWereRemoved: (stream) => logsWereRemoved(stream, plan, events),
      direct: isDirect(plan),
    },
    plan.seed,
  )

  const temporary = await mkdtemp(path.join(tmpdir(), 'gapless-self-check-'))
  try {
    let copies = 0
    const measureCopy = (planted: readonly Plant[]) => {
      const changed = plant(evidence, planted)
      const directory = path.join(temporary, String((copies += 1)))
      const copied = {
        directory,
        sent: loaded.sent,
        evidence: changed,
        arrivals: receive(plan.runToken, changed),
      }
      const asIfOver = events.some(({ type }) => type === 'drain-ended') ? events : [...events, drainEnded]
      // Lateness is estimated within runs of lines, and plants divide those in another way.
      const planOfCopy = { ...plan, lateAfterMs: null, tap: evidence.wire !== null }
      return measure({ store: writeCopy(copied), plan: planOfCopy, events: asIfOver })
    }
    const before = await measureCopy([])
    const differenceWith = async (planted: readonly Plant[]) =>
      differenceOf(before, await measureCopy(planted))
    const found = await differenceWith(plants)
    const missed = disagreements(sumOutcomes(plants.map(({ outcome }) => outcome)), found)
    const problems = [...untrue, ...missed]
    const kinds = await Promise.all(
      groups(plants).map(async ([what, group]) => ({
        what,
        planted: linesOf(group),
        // Only where something was missed is each kind planted by itself, to tell which it was.
        found: missed.length === 0 ? linesOf(group) : foundOf(group, await differenceWith(group)),
      })),
    )
    return resultOf({ ok: problems.length === 0, problems, checked, kinds })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

const drainEnded: RunEvent = { type: 'drain-ended', atMs: Number.MAX_SAFE_INTEGER, drained: true, why: '' }

/** Where the arrival ledger is not what its bytes give. */
function disagreeingLedger(
  { runToken }: Plan,
  { evidence, trailing }: LoadedEvidence,
  arrivals: readonly Arrival[],
  events: readonly RunEvent[],
): string[] {
  const differing = evidence.requests.filter(
    ({ entry }, index) => contentOf(entry) !== contentOf(arrivals[index] ?? entry),
  )
  const holes = evidence.requests.filter(({ entry }, index) => {
    const before = evidence.requests[index - 1]?.entry.raw
    return entry.raw?.[0] !== (before ? before[0] + before[1] : 0)
  })
  const short = evidence.requests.filter(({ entry, body }) => entry.raw?.[1] !== body.length)
  // A body is written before its entry; the collector of a run that came to its end had time for both.
  const orderly = events.some(({ type }) => type === 'drain-ended')
  const unspoken = orderly && trailing !== null ? collectRuns(runToken, trailing).runs : []
  return [
    ...differing.map(
      ({ entry }) => `the arrival ledger says of request ${String(entry.request)} what its bytes do not`,
    ),
    ...holes.map(
      ({ entry }) => `the body of request ${String(entry.request)} does not follow the one before`,
    ),
    ...short.map(({ entry }) => `the body of request ${String(entry.request)} is not all there`),
    ...(unspoken.length > 0 ? ['lines arrived that the arrival ledger does not speak of'] : []),
  ].slice(0, 5)
}

function contentOf({ runs, corrupted = [], unexpected = [] }: Arrival): string {
  return JSON.stringify([runs, corrupted, unexpected])
}

function logsWereRemoved(stream: string, plan: Plan, events: readonly RunEvent[]): boolean {
  const pod = plan.streams.find((planned) => planned.stream === stream)?.pod
  return events.some(
    ({ type, ...more }) =>
      type === 'testbed' &&
      'event' in more &&
      more.event.type === 'log-removed' &&
      more.event.kept === undefined &&
      more.event.pod === pod,
  )
}

function groups(plants: readonly Plant[]): [what: Plant['what'], plants: Plant[]][] {
  const whats = [...new Set(plants.map(({ what }) => what))]
  return whats.map((what) => [what, plants.filter((plant) => plant.what === what)])
}

function linesOf(plants: readonly Plant[]): number {
  return plants.reduce((sum, { lines }) => sum + lines, 0)
}

/** How much of one kind was found, when it was planted alone. */
function foundOf(group: readonly Plant[], found: Outcome): number {
  const expected = sumOutcomes(group.map(({ outcome }) => outcome))
  if (disagreements(expected, found).length === 0) return linesOf(group)
  const count = (kind: Parameters<typeof named.count>[0]) =>
    Math.max(0, found.counts.get(named.count(kind, null)) ?? 0)
  switch (group[0]?.what) {
    case 'loss':
      return count('lost')
    case 'duplication':
      return count('duplicated')
    case 'reordering':
      return count('reordered')
    case 'corruption':
    case 'truncation':
      return count('corrupted')
    default: {
      const inPlace = [...expected.numbers].flatMap(([name, numbers]) =>
        name.includes(' at ') ? numbers.filter((seq) => found.numbers.get(name)?.includes(seq)) : [],
      )
      return inPlace.length
    }
  }
}

interface Findings {
  readonly ok: boolean | null
  readonly problems?: string[]
  readonly checked?: SelfCheck['checked']
  readonly kinds?: readonly { readonly what: string; readonly planted: number; readonly found: number }[]
}

function resultOf({ ok, problems = [], checked, kinds = [] }: Findings): SelfCheck {
  const isDefect = ({ what }: { readonly what: string }) => defects.some((defect) => defect === what)
  const stations = kinds.filter((kind) => !isDefect(kind))
  const found: Omit<SelfCheck, 'summary'> = {
    ok,
    defects: kinds.filter(isDefect).map(({ what, ...numbers }) => ({ kind: what, ...numbers })),
    stations: stations.map(({ what, ...numbers }) => ({ station: what, ...numbers })),
    checked: checked ?? { requests: 0, bytes: 0, ofBytes: 0 },
    problems,
  }
  return { ...found, summary: sentenceOf(found) }
}
