import { join } from 'node:path'
import { type Phase } from '../store/events.js'
import { formatCount, formatLines, formatOffset, runTitle } from './format.js'
import { type Progress, type Reporter, type RunStart } from './reporter.js'
import { liveArea, type TerminalOutput } from './terminal/area.js'
import { phaseWords, renderLive, startLine } from './terminal/live.js'
import { renderRun } from './terminal/run.js'
import { painter, plain, wantsColor } from './terminal/style.js'
import { renderEnd } from './terminal/table.js'
import { padStart, wrap } from './terminal/width.js'

export interface TerminalReporterOptions {
  /** stdout; stderr where stdout is for a JSON document. */
  readonly output: TerminalOutput
  /** false for --no-color. */
  readonly color?: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly now?: () => number
}

const redrawMs = 100
const progressLineMs = 2000

/** A live area on a terminal, plain lines elsewhere; the outcome of each run, and of all of them at the end. */
export function terminalReporter({
  output,
  color: flag,
  env = process.env,
  now = Date.now,
}: TerminalReporterOptions): Reporter {
  const isTerminal = output.isTTY === true
  const live = isTerminal && env.TERM !== 'dumb'
  const color = wantsColor(isTerminal, env, flag)
  const options = () => ({ width: Math.max(40, Math.min(output.columns ?? 100, 120)), color })
  const paint = painter(color)
  const area = liveArea(output)

  let run: RunStart | undefined
  let startedAtMs = 0
  let phase: Phase | null = null
  let phaseAtMs = 0
  let progress: Progress | null = null
  let lastLineAtMs = 0
  let timer: NodeJS.Timeout | undefined

  const redraw = () => {
    if (!live || run === undefined) return
    area.show(renderLive({ run, phase, phaseElapsedMs: now() - phaseAtMs, progress }, liveOptions()))
  }
  // Lines of the area must fit, however narrow the terminal is.
  const liveOptions = () => ({ width: output.columns ?? 80, color })
  const note = (text: string, atMs = now()) => {
    const time = paint('dim', padStart(formatOffset(atMs - startedAtMs), 9))
    area.print(`${time}  ${text}\n`)
    redraw()
  }
  const stop = () => {
    clearInterval(timer)
    run = undefined
    area.print('')
  }

  return {
    name: 'terminal',
    runStarted(started) {
      run = started
      startedAtMs = phaseAtMs = lastLineAtMs = now()
      phase = progress = null
      const { width } = options()
      const proves = wrap(plain(started.proves), width - 2).map((line) => paint('dim', `  ${line}`))
      area.print(`${[...(live ? [] : [startLine(started)]), ...proves].join('\n')}\n`)
      if (!live) return
      timer = setInterval(redraw, redrawMs)
      timer.unref()
      redraw()
    },
    phase(next) {
      if (run === undefined) return
      phase = next
      phaseAtMs = now()
      if (live) redraw()
      else note(`${next}: ${phaseWords[next]}`)
    },
    progress(next) {
      progress = next
      if (live || run === undefined || now() - lastLineAtMs < progressLineMs) return
      lastLineAtMs = now()
      const of = next.expectedLines > 0 ? ` of ${formatLines(next.expectedLines)}` : ' lines'
      note(`${formatCount(next.sent)}${of} sent, ${formatCount(next.delivered)} delivered`)
    },
    fault({ text, atMs }) {
      if (run !== undefined) note(paint('yellow', plain(text)), atMs)
    },
    runEnded(result, directory) {
      stop()
      const text = renderRun(result, { ...options(), report: join(directory, 'report.html') })
      output.write(`\n${text}\n`)
    },
    runAborted: stop,
    skipped({ scenario, variant, testbed, reason }) {
      const title = runTitle({ scenario, variant })
      area.print(`${plain(`SKIPPED ${title}: not on the testbed ${testbed}: ${reason}`)}\n\n`)
    },
    end(all) {
      stop()
      output.write(renderEnd(all, options()))
    },
  }
}
