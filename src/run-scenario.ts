import { GaplessError } from './errors.js'
import { htmlReporter } from './report/html-reporter.js'
import { type FinishedRun } from './run/run-case.js'
import { executeRun, planSession } from './run/session.js'
import { loadSettings } from './catalogue/config.js'
import { loadScenarios } from './catalogue/load.js'
import { type Scenario } from './scenario/define.js'
import { parseKnob, type Knobs } from './scenario/knobs.js'
import { type ProfileName } from './scenario/profiles.js'
import { checkScenario } from './scenario/schema.js'
import { fluentdFor } from './setup/fluentd-for.js'
import { silentProgress } from './setup/progress.js'
import { type Result } from './store/result.js'
import { testbedNamed } from './testbed/registry.js'

export interface RunScenarioOptions {
  /** Which of the scenario's variants; needed where it has some. */
  readonly variant?: string
  /** Default 'local'. */
  readonly testbed?: string
  /** Default: the scenario's own, else 'hardened'. */
  readonly profile?: ProfileName
  readonly knobs?: Partial<Knobs>
  /** Default: drawn, and in the result. */
  readonly seed?: number
  /** A version, or the path of a program or gem directory. */
  readonly fluentd?: string
  /** Directory for reports. Default 'reports'. */
  readonly out?: string
  readonly signal?: AbortSignal
}

/**
 * Runs one scenario, given as a value, by name or by the path of its file, and resolves to its result, whatever the
 * verdict. Throws a GaplessError where there is nothing to judge: wrong input, something missing, a pipeline that
 * never stood, or a testbed that cannot do what the scenario asks for.
 */
export async function runScenario(
  scenario: Scenario | string,
  options: RunScenarioOptions = {},
): Promise<Result> {
  const loaded =
    typeof scenario === 'string'
      ? await loadScenarios([scenario])
      : [{ scenario: checkScenario(scenario, `scenario "${scenario.name}"`), file: scenario.name }]
  const { seed, profile, knobs = {}, variant, out = 'reports' } = options
  const session = {
    testbed: testbedNamed(options.testbed ?? 'local', { settings: await loadSettings() }),
    knobs: Object.fromEntries(Object.entries(knobs).map(([name, value]) => parseKnob(name, value))),
    ...(variant !== undefined && { variant }),
    ...(profile !== undefined && { profile }),
    ...(seed !== undefined && { seed }),
  }
  const runs = planSession(loaded, session)
  const [run] = runs
  if (!run || runs.length > 1) {
    const names = runs.map(({ planned }) => planned.variant ?? planned.scenario.name).join(', ')
    throw new GaplessError(`which one is to run? There are: ${names}`, {
      code: 'usage',
      hint: 'Name one scenario, and one of its variants as `variant`.',
    })
  }
  if (!run.runnable) {
    throw new GaplessError(
      `"${run.planned.scenario.name}" cannot run on ${session.testbed.name}: ${run.reason}`,
      {
        code: 'requirement-missing',
      },
    )
  }
  const signal = options.signal ?? new AbortController().signal
  const finished: FinishedRun = await executeRun(run.planned, run.seed, {
    ...session,
    fluentdOf: (version) => fluentdFor(session.testbed, version ?? options.fluentd, silentProgress, signal),
    out,
    keep: false,
    signal,
    listener: {},
  })
  await htmlReporter().runEnded?.(finished.result, finished.directory)
  return finished.result
}
