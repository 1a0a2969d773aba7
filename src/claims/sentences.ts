import { counted, seconds } from '../words.js'
import { type Figures, type Share, type Span } from './figures.js'
import { type Column } from './questions.js'

/** What figures say in words, for terminals and Markdown alike. n is always said. */

const notMeasured = 'not measured'

/** What a question's column says of a sample. Where no run proves anything, nothing is measured. */
export function answer(column: Column['figure'], figures: Figures | undefined): string {
  if (figures === undefined || figures.runs === 0) return notMeasured
  switch (column) {
    case 'forwarder':
      return describeForwarder(figures)
    case 'lost':
      return describeLost(figures)
    case 'delay':
      return describeDelay(figures)
    case 'blocked':
      return describeBlocked(figures)
  }
}

/** "0–12 of 80,000 lines; in 2 of 20 runs (95 %: 1.2–31.7 %)", and at how many of faults that a run repeats. */
function describeLost({ lost, lostWhere, sent, losing, losingTimes }: Figures): string {
  if (lost === null || sent === null) return notMeasured
  const where = lostWhere.length === 0 ? '' : ` (${lostWhere.join(', ')})`
  const around = losingTimes === null ? '' : `; at ${outOf(losingTimes, 'fault')}`
  return `${range(lost, lines)} of ${range(sent, lines)} lines${where}; in ${outOf(losing, 'run')}${around}`
}

/** "9.2–13.6 s", of what arrived; and how much did not. */
function describeDelay({ delayMs, stranded, runs }: Figures): string {
  const held = stranded !== null && stranded.max > 0 ? `${range(stranded, lines)} lines not arrived yet` : ''
  if (delayMs === null) return held || notMeasured
  return [`${range(delayMs, inSeconds)} s${toldBy(delayMs, runs)}`, held].filter(Boolean).join('; ')
}

/** "4.2–5.9 s" */
function describeBlocked({ blockedMs, runs }: Figures): string {
  if (blockedMs === null) return notMeasured
  return `${range(blockedMs, (ms) => (ms === 0 ? '< 1' : inSeconds(ms)))} s${toldBy(blockedMs, runs)}`
}

/** "no: in 0 of 5 runs (95 %: 0–52.2 %)", "yes: in 1 of 1 run; with exit status 0, away for 22.0 s" */
function describeForwarder({ forwarder, runs }: Figures): string {
  if (forwarder === null) return notMeasured
  const { ended, how, awayMs, notBack } = forwarder
  const word = ended.hits === 0 ? 'no' : ended.hits === ended.of ? 'yes' : 'sometimes'
  const details = [
    ...how.map(ending),
    awayMs !== null && `away for ${range(awayMs, inSeconds)} s`,
    notBack > 0 && `not back in ${counted(notBack, 'run')}`,
  ].filter((detail) => typeof detail === 'string')
  const told = `${word}: in ${outOf(ended, 'run')}${toldBy(ended, runs)}`
  return [told, ...(details.length > 0 ? [details.join(', ')] : [])].join('; ')
}

/** All that is measured of a sample, in one line. */
export function describeFigures(figures: Figures): string {
  if (figures.runs === 0) return 'no run proves anything'
  const { blockedMs, duplicated } = figures
  return [
    `lost ${describeLost(figures)}`,
    duplicated !== null && duplicated.max > 0 && `${range(duplicated, lines)} surplus copies`,
    `longest delay ${describeDelay(figures)}`,
    blockedMs !== null && `applications blocked for ${describeBlocked(figures)}`,
  ]
    .filter((part) => typeof part === 'string')
    .join(' · ')
}

/** "4 of 5", of those that prove nothing as well. */
export function describePassed({ passed, runs, inconclusive }: Figures): string {
  return `${String(passed)} of ${String(runs + inconclusive.length)}`
}

/** 'end (exit status 0)' → "with exit status 0" */
function ending(how: string): string {
  if (how === 'end') return 'nobody told how'
  if (how === 'deletion') return 'deleted'
  const [, status] = /^end \((.*)\)$/.exec(how) ?? []
  return status === undefined ? `by ${how}` : `with ${status}`
}

/** "5", "5, 1 inconclusive, 2 of other kinds left out" */
export function describeRuns({ runs, inconclusive, ofOtherKinds }: Figures): string {
  return [
    String(runs),
    inconclusive.length > 0 && `${String(inconclusive.length)} inconclusive`,
    ofOtherKinds > 0 && `${String(ofOtherKinds)} of another kind left out`,
  ]
    .filter((part) => typeof part === 'string')
    .join(', ')
}

/** A sentence for each run that proves nothing. */
export function describeInconclusive({ inconclusive }: Figures): string[] {
  return inconclusive.map(
    ({ id, reason, lost }) =>
      `${id} is inconclusive and not counted: ${reason}${lost > 0 ? ` (${counted(lost, 'line')} lost)` : ''}`,
  )
}

function outOf(share: Share, noun: string): string {
  const { interval } = share
  return `${plainly(share, noun)}${interval === null ? '' : ` (95 %: ${percents(interval)})`}`
}

const plainly = ({ hits, of }: Share, noun: string) => `${String(hits)} of ${counted(of, noun)}`

function percents([low, high]: readonly [number, number]): string {
  return `${range({ min: low, max: high }, (share) => round(100 * share))} %`
}

/** Where not all runs tell it, e.g. as some are of an older version. */
const toldBy = ({ of }: { readonly of: number }, runs: number) =>
  of === runs ? '' : ` (told by ${String(of)} of ${counted(runs, 'run')})`

function range({ min, max }: Pick<Span, 'min' | 'max'>, text: (value: number) => string): string {
  return text(min) === text(max) ? text(min) : `${text(min)}–${text(max)}`
}

const lines = (count: number) => count.toLocaleString('en')
const inSeconds = (ms: number) => seconds(ms).replace(/ s$/, '')
const round = (value: number) => value.toFixed(1).replace(/\.0$/, '')
