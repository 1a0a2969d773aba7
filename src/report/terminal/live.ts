import { type Phase } from '../../store/events.js'
import { formatCount, formatDuration, runTitle } from '../format.js'
import { type Progress, type RunStart } from '../reporter.js'
import { painter, plain } from './style.js'
import { type RenderOptions } from './run.js'
import { columnsOf, truncate } from './width.js'

export interface LiveState {
  readonly run: RunStart
  readonly phase: Phase | null
  readonly phaseElapsedMs: number
  readonly progress: Progress | null
}

/** What a phase does, for somebody who sees it for the first time. */
export const phaseWords: Readonly<Record<Phase, string>> = {
  provision: 'setting up the nodes',
  deploy: 'starting Fluentd',
  'warm-up': 'waiting until every stream arrives',
  load: 'writing numbered lines, and breaking things',
  drain: 'waiting until nothing moves any more',
  custody: 'looking where undelivered lines are',
  account: 'comparing what was sent with what arrived',
  report: 'writing the report',
  teardown: 'taking everything down',
}

/** The lines at the bottom of a terminal while a run goes on; none is wider than the terminal. */
export function renderLive(
  { run, phase, phaseElapsedMs, progress }: LiveState,
  options: RenderOptions,
): string[] {
  const paint = painter(options.color)
  const what = phase === null ? 'starting' : `${phase}: ${phaseWords[phase]}`
  const head = truncate(`  ${what}  ${elapsed(phaseElapsedMs)}`, options.width - 1)
  const bars =
    progress !== null && progress.sent + progress.delivered > 0
      ? [
          bar('sent', progress.sent, progress.expectedLines, options),
          bar('delivered', progress.delivered, progress.expectedLines, options),
        ]
      : []
  return [paint('bold', truncate(startLine(run), options.width - 1)), head, ...bars]
}

/** In seconds from the start, since milliseconds would only flicker. */
function elapsed(elapsedMs: number): string {
  return elapsedMs < 1000 ? `${(elapsedMs / 1000).toFixed(1)} s` : formatDuration(elapsedMs)
}

/** "[1/2] forwarder-killed · hardened · local · seed 7" */
export function startLine(run: RunStart): string {
  const position = run.total > 1 ? `[${String(run.index)}/${String(run.total)}] ` : ''
  return plain(`${position}${runTitle(run)} · ${run.profile} · ${run.testbed} · seed ${String(run.seed)}`)
}

function bar(label: string, lines: number, expected: number, { width, color }: RenderOptions): string {
  const paint = painter(color)
  const text = expected > 0 ? `${formatCount(lines)} of ${formatCount(expected)}` : formatCount(lines)
  const left = `  ${label.padEnd(10)}`
  const room = Math.min(40, width - 1 - columnsOf(left) - columnsOf(text) - 2)
  if (expected <= 0 || room < 8) return truncate(left + text, width - 1)
  const filled = Math.floor(Math.min(1, lines / expected) * room)
  return `${left}${paint('green', '█'.repeat(filled))}${paint('dim', '░'.repeat(room - filled))}  ${text}`
}
