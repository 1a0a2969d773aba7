import { isGaplessError } from '../errors.js'
import { type FinishedRun } from '../run/run-case.js'
import { executeRun, planSession, type PlannedRun, type SessionOptions } from '../run/session.js'
import { type RunListener } from '../run/listener.js'
import { htmlReporter } from '../report/html-reporter.js'
import { jsonReporter } from '../report/json.js'
import { multiplex, type Multiplexer, type SkippedRun } from '../report/reporter.js'
import { terminalReporter } from '../report/terminal.js'
import { parseKnobArgument } from '../scenario/knobs.js'
import { loadSettings } from '../catalogue/config.js'
import { loadScenarios } from '../catalogue/load.js'
import { parseProfileName } from '../scenario/profiles.js'
import { fluentdFor } from '../setup/fluentd-for.js'
import { stderrProgress } from '../setup/progress.js'
import { testbedNamed } from '../testbed/registry.js'
import { type Settings } from '../testbed/settings.js'
import { exitCodeOf, exitCodes, worstVerdict } from './exit-code.js'
import { interruptSignal } from './interrupt.js'
import { printError } from './print-error.js'

export interface RunArguments {
  readonly testbed: string
  readonly variant?: string
  readonly profile?: string
  readonly knob?: readonly string[]
  readonly seed?: number
  readonly repeat: number
  readonly fluentd?: string
  readonly keep?: boolean
  readonly reuse?: boolean
  readonly nodeImage?: string
  readonly k0s?: string
  readonly upgradeTo?: string
  readonly out: string
  readonly json?: boolean
  readonly color: boolean
}

/** `gapless run`: resolves to the exit status. */
export async function run(selectors: readonly string[], args: RunArguments): Promise<number> {
  const signal = interruptSignal()
  const testbed = testbedNamed(args.testbed, {
    settings: withFlags(await loadSettings(), args),
    reuse: args.reuse === true,
  })
  const session: SessionOptions = {
    testbed,
    knobs: Object.fromEntries((args.knob ?? []).map(parseKnobArgument)),
    repeat: args.repeat,
    flags: flagsOf(args),
    ...(args.variant !== undefined && { variant: args.variant }),
    ...(args.profile !== undefined && { profile: parseProfileName(args.profile) }),
    ...(args.seed !== undefined && { seed: args.seed }),
  }
  const scenarios = await loadScenarios(selectors.length > 0 ? selectors : ['*'])
  const planned = planSession(scenarios, session)
  // A scenario that is about one version of Fluentd gets that one, whatever else is asked for.
  const fluentdOf = (version: string | undefined) =>
    fluentdFor(testbed, version ?? args.fluentd, stderrProgress(), signal)
  for (const next of planned) if (next.runnable) await fluentdOf(next.planned.fluentd)
  const reporter = multiplex([
    // The page is written first: the terminal names it.
    htmlReporter(),
    terminalReporter({ output: args.json === true ? process.stderr : process.stdout, color: args.color }),
    ...(args.json === true ? [jsonReporter(process.stdout)] : []),
  ])
  const finished: FinishedRun[] = []
  const skipped: SkippedRun[] = []
  const skip = (run: Parameters<typeof skippedRun>[0]) => {
    const entry = skippedRun(run, args.testbed)
    skipped.push(entry)
    reporter.skipped(entry)
  }
  let failure: unknown
  for (const [index, next] of planned.entries()) {
    if (!next.runnable) {
      skip(next)
      continue
    }
    const listener = listenerFor(reporter, index + 1, planned.length)
    try {
      const run = await executeRun(next.planned, next.seed, {
        ...session,
        fluentdOf,
        out: args.out,
        keep: args.keep === true,
        signal,
        listener,
      })
      finished.push(run)
      await reporter.runEnded(run.result, run.directory)
    } catch (error) {
      reporter.runAborted()
      if (isGaplessError(error) && error.code === 'not-served') {
        skip({ ...next, reason: error.message })
      } else failure = error
    }
    if (signal.aborted || failure !== undefined) break
  }
  const verdict = worstVerdict(finished.map(({ result }) => result.verdict))
  const exitCode = signal.aborted
    ? exitCodes.interrupted
    : failure !== undefined
      ? exitCodeOf(failure)
      : exitCodes[verdict]
  await reporter.end({ verdict, runs: finished, skipped, exitCode })
  if (failure !== undefined && !signal.aborted) printError(failure)
  return exitCode
}

/** What a run depends on that is no part of its plan. */
function flagsOf({ fluentd, nodeImage, k0s, upgradeTo, reuse }: RunArguments): string[] {
  return [
    ...(fluentd === undefined ? [] : ['--fluentd', fluentd]),
    ...(nodeImage === undefined ? [] : ['--node-image', nodeImage]),
    ...(k0s === undefined ? [] : ['--k0s', k0s]),
    ...(upgradeTo === undefined ? [] : ['--upgrade-to', upgradeTo]),
    ...(reuse ? ['--reuse'] : []),
  ]
}

function withFlags(settings: Settings, { nodeImage, k0s, upgradeTo }: RunArguments): Settings {
  return {
    ...settings,
    ...(nodeImage !== undefined && { kind: { ...settings.kind, nodeImage } }),
    k0s: {
      ...settings.k0s,
      ...(k0s !== undefined && { version: k0s }),
      ...(upgradeTo !== undefined && { upgradeTo }),
    },
  }
}

function skippedRun(
  { planned, reason }: Pick<PlannedRun, 'planned'> & { reason: string },
  testbed: string,
): SkippedRun {
  const { scenario, variant } = planned
  return { scenario: scenario.name, variant, testbed, reason }
}

function listenerFor(reporter: Multiplexer, index: number, total: number): RunListener {
  return {
    planned: (plan) => {
      reporter.runStarted({ ...plan, index, total })
    },
    phase: (phase) => {
      reporter.phase(phase)
    },
    progress: (progress) => {
      reporter.progress(progress)
    },
    note: (text, atMs) => {
      reporter.fault({ text, atMs })
    },
  }
}
