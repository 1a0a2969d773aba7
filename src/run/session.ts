import { randomInt } from 'node:crypto'
import os from 'node:os'
import { GaplessError, isGaplessError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { gaplessVersion } from '../package-root.js'
import { casesOf, lacking, planRun, type Case, type Plan } from '../scenario/plan.js'
import { describeLacking } from '../scenario/capabilities.js'
import { type KnobValue } from '../scenario/knobs.js'
import { type LoadedScenario } from '../catalogue/load.js'
import { type ProfileName } from '../scenario/profiles.js'
import { type Capability, type Testbed } from '../testbed/contract.js'
import { checkFaultsWith } from '../faults/needs.js'
import { type RunListener } from './listener.js'
import { neededCapabilities, runCase, type FinishedRun } from './run-case.js'
import { type AvailableFluentd } from '../setup/fluentd-for.js'
import { checkUserFiles } from '../pipeline/user-files.js'

export interface SessionOptions {
  readonly testbed: Testbed
  /** Only this variant, of the scenarios that have it. */
  readonly variant?: string
  readonly profile?: ProfileName
  readonly knobs?: Readonly<Record<string, KnobValue>>
  /** Of the first run; repeats count up from it. Default: drawn. */
  readonly seed?: number
  readonly repeat?: number
  /** See `PlanOptions`. */
  readonly flags?: readonly string[]
}

/** One run that is going to happen, or one that cannot on this testbed. */
export type PlannedRun =
  | { readonly runnable: true; readonly planned: Case; readonly seed: number }
  | { readonly runnable: false; readonly planned: Case; readonly reason: string }

/** All runs of a call, in order. Throws a GaplessError ('usage') for settings that no run could have. */
export function planSession(scenarios: readonly LoadedScenario[], options: SessionOptions): PlannedRun[] {
  const { testbed, seed = randomInt(1, 2 ** 31), repeat = 1 } = options
  return chosenCases(scenarios, options.variant).flatMap((planned): PlannedRun[] => {
    // Whatever is wrong with the settings is said now, and not after half the runs.
    const needed = checkSettings(planned, seed, options)
    const missing = lacking(needed, testbed.capabilities)
    if (missing.length > 0) {
      return [{ runnable: false, planned, reason: describeLacking(missing) }]
    }
    return Array.from({ length: repeat }, (_, index) => ({ runnable: true, planned, seed: seed + index }))
  })
}

function chosenCases(scenarios: readonly LoadedScenario[], variant: string | undefined): Case[] {
  const cases = scenarios.flatMap(({ scenario, file }) => casesOf(scenario, file))
  if (variant === undefined) return cases
  const chosen = cases.filter((planned) => planned.variant === variant)
  if (chosen.length > 0) return chosen
  const names = [...new Set(cases.map((planned) => planned.variant).filter((name) => name !== null))]
  const of = scenarios.length === 1 ? `"${scenarios[0]?.scenario.name ?? ''}" has` : 'these scenarios have'
  throw new GaplessError(`${of} no variant "${variant}".${didYouMean(variant, names)}`, {
    code: 'usage',
    hint: names.length === 0 ? 'There are no variants.' : `Variants: ${names.join(', ')}.`,
  })
}

/** What a run with these settings needs of a testbed. */
function checkSettings(planned: Case, seed: number, options: SessionOptions): Capability[] {
  const { scenario, variant } = planned
  try {
    const { knobs } = settle(planned, seed, options, {})
    checkUserFiles(knobs)
    return neededCapabilities(planned, knobs)
  } catch (error) {
    if (!isGaplessError(error)) throw error
    const { message, code, hint } = error
    const whose = variant === null ? scenario.name : `${scenario.name} (${variant})`
    throw new GaplessError(`${whose}: ${message}`, {
      code,
      ...(hint !== undefined && { hint }),
      cause: error,
    })
  }
}

export interface ExecuteOptions extends SessionOptions {
  /** Finds or installs the version that a scenario is about; undefined: it is about none in particular. */
  readonly fluentdOf: (version: string | undefined) => Promise<AvailableFluentd>
  readonly out: string
  readonly keep: boolean
  readonly signal: AbortSignal
  readonly listener: RunListener
}

/** Executes one planned run. See `runCase`. */
export async function executeRun(planned: Case, seed: number, options: ExecuteOptions): Promise<FinishedRun> {
  const fluentd = await options.fluentdOf(planned.fluentd)
  const settled = settle(planned, seed, options, {
    gapless: gaplessVersion,
    node: process.versions.node,
    ruby: fluentd.rubyVersion,
    fluentd: fluentd.version,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
  })
  const plan = { ...settled, emulated: [...settled.emulated, ...fluentd.notes] }
  return runCase({ ...options, fluentd, planned, plan })
}

function settle(
  planned: Case,
  seed: number,
  options: SessionOptions,
  versions: Record<string, string>,
): Plan {
  const { testbed, profile, knobs, flags = [] } = options
  const plan = planRun(planned, {
    testbed,
    seed,
    versions,
    nowMs: Date.now(),
    flags,
    ...(profile && { profile }),
    ...(knobs && { knobs }),
  })
  checkFaultsWith(plan.knobs, planned.steps)
  return plan
}
