import { type Result } from '../store/result.js'
import { shareInterval } from './interval.js'
import { losingTimes, repeatedTimes } from './per-fault.js'
import { type Sample } from './samples.js'

/** The least and the most over the runs that tell it; lines or milliseconds. */
export interface Span {
  readonly min: number
  readonly max: number
  /** How many runs tell it: those of older versions may not. */
  readonly of: number
}

export interface Share {
  readonly hits: number
  readonly of: number
  /** Of the true share, with 95 % confidence; null where there are fewer than two. */
  readonly interval: readonly [low: number, high: number] | null
}

/** What the runs of a sample found, as if they were independent of one another. null: none of them measured it. */
export interface Figures {
  /** Only those that prove something are counted. */
  readonly runs: number
  readonly passed: number
  readonly inconclusive: readonly { readonly id: string; readonly reason: string; readonly lost: number }[]
  readonly ofOtherKinds: number
  readonly sent: Span | null
  readonly lost: Span | null
  /** Between which stations lines were lost, each once, as 'between forwarder and wire'. */
  readonly lostWhere: readonly string[]
  readonly stranded: Span | null
  readonly duplicated: Span | null
  /** Of the runs, those that lost lines. */
  readonly losing: Share
  /** Where a run injected the same fault again and again: of all these times, those around which lines were lost. */
  readonly losingTimes: Share | null
  /** The longest of each run, of lines that arrived. */
  readonly delayMs: Span | null
  /** For how long at a time applications could not write, the longest of each run; 0: nowhere for a second. */
  readonly blockedMs: Span | null
  readonly forwarder: ForwarderFigures | null
}

export interface ForwarderFigures {
  /** Of the runs that tell it, those in which a forwarder's container ended. */
  readonly ended: Share
  /** Each once, e.g. 'SIGKILL', 'end (exit status 0)'. */
  readonly how: readonly string[]
  /** How long it took until the next one started, the longest of each run in which all that ended came back. */
  readonly awayMs: Span | null
  /** Runs in which one did not come back. */
  readonly notBack: number
}

export function figuresOf({ conclusive: runs, inconclusive, ofOtherKinds }: Sample): Figures {
  return {
    runs: runs.length,
    passed: runs.filter(({ verdict }) => verdict === 'pass').length,
    inconclusive: inconclusive.map(({ id, reasons, totals }) => ({
      id,
      reason: reasons[0] ?? '',
      lost: totals.lost,
    })),
    ofOtherKinds,
    sent: span(runs, ({ totals }) => totals.sent),
    lost: span(runs, ({ totals }) => totals.lost),
    lostWhere: [...new Set(runs.flatMap(whereLost))].sort(),
    stranded: span(runs, ({ totals }) => totals.stranded),
    duplicated: span(runs, ({ totals }) => totals.duplicated),
    losing: shareOf(runs.filter(({ totals }) => totals.lost > 0).length, runs.length),
    losingTimes: losingTimesOf(runs),
    delayMs: span(runs, ({ latencyMs }) => latencyMs?.max),
    blockedMs: span(runs, ({ blocked }) => blocked && longest(blocked.map(({ longestMs }) => longestMs))),
    forwarder: forwarderFigures(runs),
  }
}

/** Between which stations a run lost lines, each once. */
export function whereLost({ gone }: Pick<Result, 'gone'>): string[] {
  return [...new Set(gone.map(({ lastSeen, firstMissing }) => `between ${lastSeen} and ${firstMissing}`))]
}

function losingTimesOf(runs: readonly Result[]): Share | null {
  const told = runs.flatMap((run) => {
    const times = repeatedTimes(run)
    return times === undefined ? [] : [{ times: times.length, losing: losingTimes(times, run) }]
  })
  const losing = told.map((run) => run.losing).filter((count) => count !== undefined)
  // A run whose losses nobody can place would be missing on one side only.
  if (told.length === 0 || losing.length < told.length) return null
  return shareOf(sum(losing), sum(told.map(({ times }) => times)))
}

function forwarderFigures(runs: readonly Result[]): ForwarderFigures | null {
  const told = runs.flatMap(({ forwarders = [] }) =>
    forwarders.length > 0 ? [forwarders.flatMap(({ ends }) => ends)] : [],
  )
  if (told.length === 0) return null
  const ended = told.filter((ends) => ends.length > 0)
  const back = ended.map(timesAway).filter((away) => away !== undefined)
  return {
    ended: shareOf(ended.length, told.length),
    how: [...new Set(ended.flat().map(({ how }) => how))].sort(),
    awayMs: span(back, longest),
    notBack: ended.length - back.length,
  }
}

type Ends = NonNullable<Result['forwarders']>[number]['ends']

/** Of each container that ended, the time until the next one started; undefined where one of them had no next. */
function timesAway(ends: Ends): readonly number[] | undefined {
  const away = ends.flatMap(({ atMs, backAtMs }) => (backAtMs === null ? [] : [backAtMs - atMs]))
  return away.length === ends.length ? away : undefined
}

function span<T>(items: readonly T[], tell: (item: T) => number | undefined): Span | null {
  const told = items.map(tell).filter((value) => value !== undefined)
  return told.length === 0 ? null : { min: Math.min(...told), max: Math.max(...told), of: told.length }
}

function shareOf(hits: number, of: number): Share {
  return { hits, of, interval: of < 2 ? null : shareInterval(hits, of) }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
const longest = (ms: readonly number[]) => Math.max(0, ...ms)
