import { type FaultResult, type Result } from '../../store/result.js'
import {
  capped,
  formatCount,
  formatDuration,
  formatOffset,
  loadStartMs,
  runTitle,
  tookMs,
} from '../format.js'
import { describeBlocked } from '../blocked.js'
import { describeRecovery } from '../recovery.js'
import { describeSilence } from '../silence.js'
import { describeWaits, runWaitedMs } from '../waits.js'
import { duplicated, lost, more, stranded } from './findings.js'
import { painter, paintVerdict, plain, verdictWords, type Paint } from './style.js'
import { columnsOf, wrap } from './width.js'

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly width: number
  readonly color: boolean
}

export interface RenderRunOptions extends RenderOptions {
  /** Where report.html is; left out where there is none. */
  readonly report?: string
}

const most = { faults: 6, evidence: 6, reasons: 6, stairs: 60 }
/** Shorter recoveries are as they should be, and not told. */
const notableRecoveryMs = 10_000
const labelColumns = 14

/** What is printed when a run has ended: verdict, numbers, what is missing, what was broken, where to read on. */
export function renderRun(result: Result, { width, color, report }: RenderRunOptions): string {
  const paint = painter(color)
  const fact = (label: string, ...texts: readonly string[]) => renderFact(label, texts, width, paint)
  // Never broken into lines, so that it can be copied.
  const verbatim = (label: string, text: string) => renderFact(label, [plain(text)], Infinity, paint)
  const lines = [
    ...headline(result, width, paint),
    '',
    ...fact('lines', numbers(result)),
    ...fact('lost', ...lost(result)),
    ...fact('duplicated', ...duplicated(result)),
    ...fact('stranded', ...stranded(result)),
    ...fact('not met', ...unmet(result)),
    ...fact('because', ...more(otherReasons(result).map(plain), most.reasons, 'reasons')),
    ...faults(result, fact),
    ...fact('staircase', ...stairs(result)),
    ...fact('blocked', ...describeBlocked(result).map(plain)),
    ...fact('waiting', ...waiting(result)),
    ...fact('recovery', ...recovery(result)),
    ...fact('delay', ...delay(result)),
    ...fact('self-check', ...(result.selfCheck === null ? [] : [plain(result.selfCheck.summary)])),
    ...(report === undefined ? [] : verbatim('report', report)),
    ...(result.verdict === 'pass' ? [] : verbatim('repeat it', result.command)),
  ]
  return `${lines.join('\n')}\n`
}

function headline(result: Result, width: number, paint: Paint): string[] {
  const title = plain(runTitle(result))
  const text = wrap(`${verdictWords[result.verdict]} ${title}: ${plain(result.summary)}`, width - 2)
  const [first = '', ...rest] = text
  const word = verdictWords[result.verdict]
  return [
    `${paintVerdict(paint, result.verdict)}${first.slice(word.length)}`,
    ...rest.map((line) => `  ${line}`),
  ]
}

/** Label on the left, texts on the right, each wrapped on its own; nothing where there are no texts. */
function renderFact(label: string, texts: readonly string[], width: number, paint: Paint): string[] {
  const columns = Math.max(30, width - labelColumns)
  return texts
    .flatMap((text) => {
      // What follows the first line of a text is indented by two.
      const [first = '', ...rest] = columnsOf(text) <= columns ? [text] : wrap(text, columns - 2)
      return [first, ...rest.map((line) => `  ${line}`)]
    })
    .map((line, index) => {
      const left = index === 0 ? paint('dim', `  ${label}`.padEnd(labelColumns)) : ' '.repeat(labelColumns)
      return left + line
    })
}

function numbers({ totals }: Result): string {
  const always = [
    `${formatCount(totals.sent)} sent`,
    `${formatCount(totals.delivered)} delivered`,
    `${formatCount(totals.lost)} lost`,
    `${formatCount(totals.duplicated)} duplicated`,
    `${formatCount(totals.stranded)} stranded`,
  ]
  const sometimes = (['indeterminate', 'reordered', 'corrupted', 'unexpected', 'late'] as const)
    .filter((kind) => totals[kind] > 0)
    .map((kind) => `${formatCount(totals[kind])} ${kind}`)
  return [...always, ...sometimes].join(' · ')
}

function unmet({ expectations }: Result): string[] {
  return expectations
    .filter(({ met }) => !met)
    .map(({ expected, found }) => `✗ expected ${plain(expected)}; found ${plain(found)}`)
}

/** Reasons that neither the summary nor the unmet expectations have said already. */
function otherReasons({ reasons, summary, expectations }: Result): string[] {
  const said = expectations.map(({ expected, found }) => `expected ${expected}; found ${found}`)
  return reasons.filter((reason) => !summary.includes(reason) && !said.includes(reason))
}

function faults(result: Result, fact: (label: string, ...texts: readonly string[]) => string[]): string[] {
  const { shown, rest } = capped(result.faults, most.faults)
  return [
    ...shown.flatMap((fault) => fact('fault', ...describeFault(fault, loadStartMs(result)))),
    ...(rest > 0 ? fact('', `and ${formatCount(rest)} more faults`) : []),
  ]
}

function describeFault(fault: FaultResult, zeroMs: number): string[] {
  const { shown, rest } = capped(fault.evidence, most.evidence)
  const waits = describeWaits(fault)
  const none = fault.evidence.length === 0 ? ['✗ nothing shows that it happened'] : []
  return [
    `${plain(fault.description)}${fault.proven ? '' : ' — not proven'}`,
    `when ${plain(fault.condition)}: ${times(fault, zeroMs)}`,
    ...shown.map(({ holds, what }) => `${holds ? '✓' : '✗ not so:'} ${plain(what)}`),
    ...(rest > 0 ? [`and ${formatCount(rest)} more pieces of evidence`] : none),
    ...(waits === null ? [] : [plain(waits)]),
  ]
}

function times({ injectedAtMs, healedAtMs }: FaultResult, zeroMs: number): string {
  if (injectedAtMs === null) return 'that never came, so it was not injected'
  const injected = `injected ${formatOffset(injectedAtMs - zeroMs)} into the load`
  return healedAtMs === null
    ? `${injected}, never healed`
    : `${injected}, healed at ${formatOffset(healedAtMs - zeroMs)}`
}

function stairs(result: Result): string[] {
  const zeroMs = loadStartMs(result)
  const steps = result.staircase?.steps ?? []
  const width = Math.max(0, ...steps.map(({ atMs }) => formatOffset(atMs - zeroMs).length))
  const texts = steps.map(
    ({ atMs, what }) => `${formatOffset(atMs - zeroMs).padStart(width)}  ${plain(what)}`,
  )
  const silence = describeSilence(result)
  return [...more(texts, most.stairs, 'steps'), ...(silence === null ? [] : [silence])]
}

function waiting(result: Result): string[] {
  const waited = runWaitedMs(result)
  if (waited === null) return []
  return [
    `${formatDuration(waited)} of ${formatDuration(tookMs(result))} were Kubernetes waiting as it is set to`,
  ]
}

function recovery(result: Result): string[] {
  const { recovery: found } = result
  const text = describeRecovery(result)
  if (found === null || text === null) return []
  return found.recovered && (found.afterMs ?? 0) < notableRecoveryMs ? [] : [plain(text)]
}

function delay({ latencyMs }: Result): string[] {
  if (latencyMs === null) return []
  const { p50, p99, max } = latencyMs
  return [
    `half of the lines took up to ${formatDuration(p50)}, 99 % up to ${formatDuration(p99)}, the longest ${formatDuration(max)}`,
  ]
}
