import { type SettledExpectation } from '../scenario/expectation.js'
import {
  type Counts,
  type ExpectationResult,
  type FaultResult,
  type StreamResult,
  type Verdict,
} from '../store/result.js'
import { holdAgainst, type Measured } from './expectations.js'
import { counted } from '../words.js'

/** What a verdict is made from. */
export interface Judged extends Measured {
  readonly expect: SettledExpectation
  readonly faults: readonly FaultResult[]
  /** false: the accounting failed, and what was found is not known. */
  readonly counted: boolean
  /** The run ended before it had drained: nothing that it did not see speaks for or against the pipeline. */
  readonly cutShort: boolean
  /** Lines that the load was to have in all. */
  readonly plannedLines: number
  /** Names of streams that no fault of the scenario can touch. */
  readonly controlStreams: readonly string[]
  /** When the load began and when its last line was sent; null where it never did. */
  readonly loadFromMs: number | null
  readonly loadToMs: number | null
  /** What went wrong in the measuring itself, one sentence each. */
  readonly problems: readonly string[]
}

export interface Judgement {
  readonly verdict: Verdict
  readonly summary: string
  readonly reasons: readonly string[]
  readonly expectations: readonly ExpectationResult[]
}

/**
 * fail > inconclusive > pass: an expectation that was not met is a finding whatever else went wrong; without one,
 * anything that makes the measurement doubtful keeps it from being a pass.
 */
export function judge(judged: Judged): Judgement {
  const expectations = holdAgainst(judged.expect, judged)
  const { unmet, doubt } = unmetOf(expectations, judged)
  const doubts = [...doubtsOf(judged), ...(doubt === false ? [] : [doubt])]
  const verdict: Verdict = unmet.length > 0 ? 'fail' : doubts.length > 0 ? 'inconclusive' : 'pass'
  const reasons = [...unmet.map(({ expected, found }) => `expected ${expected}; found ${found}`), ...doubts]
  return { verdict, summary: summarize(verdict, judged, reasons), reasons, expectations }
}

/**
 * Lines that may be where nobody can look may as well be gone. A run in which that decides whether it is as expected
 * does not show whether it is.
 */
function unmetOf(
  expectations: readonly ExpectationResult[],
  judged: Judged,
): { readonly unmet: readonly ExpectationResult[]; readonly doubt: string | false } {
  const failing = (results: readonly ExpectationResult[]) =>
    judged.cutShort ? [] : results.filter(({ met }) => !met)
  const unmet = failing(expectations)
  const places = [...new Set(judged.streams.flatMap(perhapsHeld).map(({ station }) => station))]
  if (places.length === 0) return { unmet, doubt: false }
  const otherwise = failing(holdAgainst(judged.expect, ifGone(judged)))
  if (unmet.length > 0 === otherwise.length > 0) return { unmet, doubt: false }
  const lines = sum(judged.streams.flatMap(perhapsHeld))
  const what = lines === 1 ? 'is still held or gone' : 'are still held or gone'
  const decided = [...unmet, ...otherwise][0]?.expected ?? ''
  const doubt = `whether ${counted(lines, 'line')} ${what} is not known, and that decides on "${decided}": ${places.join('; ')}`
  return { unmet: [], doubt }
}

const perhapsHeld = ({ strandedAt }: StreamResult) => strandedAt.filter(({ perhaps }) => perhaps)

const sum = (parts: readonly { readonly lines: number }[]) =>
  parts.reduce((total, { lines }) => total + lines, 0)

/** The same run, had it lost every line that may be where nobody can look. */
function ifGone(judged: Judged): Judged {
  const moved = <T extends Counts>(counts: T, lines: number): T => ({
    ...counts,
    lost: counts.lost + lines,
    stranded: counts.stranded - lines,
  })
  return {
    ...judged,
    totals: moved(judged.totals, sum(judged.streams.flatMap(perhapsHeld))),
    streams: judged.streams.map((stream) => ({
      ...moved(stream, sum(perhapsHeld(stream))),
      strandedAt: stream.strandedAt.filter(({ perhaps }) => !perhaps),
    })),
  }
}

/** Why a measurement may not be what it seems; empty when nothing speaks against it. */
function doubtsOf(judged: Judged): string[] {
  const { streams, totals, faults, plannedLines, controlStreams, problems, loadFromMs, loadToMs } = judged
  return [
    ...problems,
    judged.cutShort && problems.length === 0 && 'nobody looked where undelivered lines are',
    judged.counted && totals.sent === 0 && 'nothing was sent',
    totals.sent > 0 &&
      totals.sent + totals.indeterminate < plannedLines &&
      `only ${count(totals.sent)} of ${counted(plannedLines, 'line')} were sent`,
    ...streams
      .filter(({ sent, delivered }) => sent > 0 && delivered === 0)
      .map(({ stream, node }) => `stream ${stream} on ${node} never arrived, not even before the faults`),
    ...faults.map((fault) => doubtOfFault(fault, loadFromMs, loadToMs)),
    ...streams
      .filter(({ stream, lost, duplicated }) => controlStreams.includes(stream) && lost + duplicated > 0)
      .map(
        ({ stream, node, lost, duplicated }) =>
          `the control stream ${stream} on ${node}, which no fault can touch, lost ${counted(lost, 'line')} and had ${counted(duplicated, 'surplus copy', 'surplus copies')}`,
      ),
  ].filter((doubt) => typeof doubt === 'string')
}

function doubtOfFault(
  fault: FaultResult,
  loadFromMs: number | null,
  loadToMs: number | null,
): string | false {
  const { injectedAtMs, description, condition, evidence } = fault
  if (injectedAtMs === null) return `"${description}" never happened: waited in vain for "${condition}"`
  const missing = evidence.filter(({ holds }) => !holds)
  if (missing.length > 0) {
    return `"${description}" is not proven: ${missing.map(({ what }) => what).join('; ')}`
  }
  if (evidence.length === 0) return `"${description}" has no evidence`
  // A load whose end nobody saw was cut short, which is a doubt of its own.
  const outside = loadFromMs === null || injectedAtMs < loadFromMs || injectedAtMs > (loadToMs ?? Infinity)
  return outside && `"${description}" happened outside the load`
}

function summarize(verdict: Verdict, { totals, drain }: Judged, reasons: readonly string[]): string {
  switch (verdict) {
    case 'pass':
      return `${outcome(totals)}.`
    case 'fail':
      return `${outcome(totals)}: ${reasons[0] ?? ''}${drain.drained ? '' : ` (${drain.why})`}.`
    case 'inconclusive':
      return `This run proves nothing: ${reasons[0] ?? ''}.`
  }
}

/** 'All 8,000 lines arrived; 312 arrived again' and the like. */
function outcome({ sent, delivered, lost, stranded, duplicated, corrupted, unexpected }: Counts): string {
  const parts = [
    delivered === sent
      ? `all ${counted(sent, 'line')} arrived`
      : `${count(delivered)} of ${counted(sent, 'line')} arrived`,
    lost > 0 && `${count(lost)} ${lost === 1 ? 'is' : 'are'} lost`,
    stranded > 0 && `${count(stranded)} ${stranded === 1 ? 'is' : 'are'} stranded`,
    duplicated > 0 && `${counted(duplicated, 'surplus copy', 'surplus copies')} arrived`,
    corrupted > 0 && `${count(corrupted)} arrived damaged`,
    unexpected > 0 && `${count(unexpected)} arrived that were never sent`,
  ].filter((part) => typeof part === 'string')
  const text = parts.join('; ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function count(lines: number): string {
  return lines.toLocaleString('en')
}
