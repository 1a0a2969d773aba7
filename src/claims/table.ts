import { type Result, type Verdict } from '../store/result.js'
import { type Claim } from './claims.js'
import { figuresOf, whereLost, type Figures } from './figures.js'
import { type Sample } from './samples.js'
import { counted } from '../words.js'

/** What the stored runs of one variant of a scenario measured for a claim on one testbed. */
export interface Measurement {
  readonly scenario: string
  readonly variant: string | null
  readonly testbed: string
  readonly profile: string
  readonly fluentd: string
  readonly expected: string
  /** By the newest run, as is the verdict. */
  readonly measured: string
  readonly verdict: Verdict
  /** Over all runs that repeat the newest one. */
  readonly figures: Figures
}

/**
 * `yes`: all runs of every variant found what its scenario expects. `no`: those of one never did; `not always`: some did
 * not. `unknown`: one was not measured, or no run of it proves anything.
 */
export type Holds = 'yes' | 'no' | 'not always' | 'unknown'

/** Where claims are measured: on one machine, and on clusters. */
export const testbeds = ['local', 'kind', 'k0s'] as const
export type MeasuredOn = (typeof testbeds)[number]

export interface ClaimRow {
  readonly claim: Claim
  readonly measurements: readonly Measurement[]
  /** By testbed, of `testbeds`. */
  readonly holds: Readonly<Record<MeasuredOn, Holds>>
}

/** Lays what was measured against claims. A run is of the claims that the newest one of its sample says. */
export function claimTable(claims: readonly Claim[], samples: readonly Sample[]): ClaimRow[] {
  const measured = samples
    .map((sample) => ({ ids: sample.newest.claims, measurement: measurementOf(sample) }))
    // What was measured earlier stays before what was measured later.
    .sort(({ measurement: a }, { measurement: b }) => compare(a, b))
  return claims.map((claim) => {
    const measurements = measured
      .filter(({ ids }) => ids.includes(claim.id))
      .map(({ measurement }) => measurement)
    return {
      claim,
      measurements,
      holds: {
        local: holds(measurements, 'local'),
        kind: holds(measurements, 'kind'),
        k0s: holds(measurements, 'k0s'),
      },
    }
  })
}

const compare = (a: Measurement, b: Measurement) =>
  a.scenario.localeCompare(b.scenario) || rankOf(a.testbed) - rankOf(b.testbed)

/** Its place among the testbeds, to sort by. */
export const rankOf = (testbed: string) => testbeds.indexOf(testbed as MeasuredOn)

/** What scenarios expect is meant for the hardened profile: runs of another one are shown, and decide nothing. */
function holds(all: readonly Measurement[], on: MeasuredOn): Holds {
  const figures = all
    .filter(({ testbed, profile }) => testbed === on && profile === 'hardened')
    .map((measurement) => measurement.figures)
  if (figures.some(({ runs, passed }) => runs > 0 && passed === 0)) return 'no'
  if (figures.some(({ runs, passed }) => passed < runs)) return 'not always'
  return figures.length === 0 || figures.some(({ runs }) => runs === 0) ? 'unknown' : 'yes'
}

function measurementOf(sample: Sample): Measurement {
  const { scenario, variant, testbed, profile, versions, expectations, verdict } = sample.newest
  const telling = expectations.filter(({ expected, met }) => !met || isTelling(expected))
  return {
    scenario,
    variant,
    testbed,
    profile,
    fluentd: versions.fluentd ?? 'unknown',
    expected: telling.map(({ expected }) => expected).join('; '),
    measured: measuredText(sample.newest),
    verdict,
    figures: figuresOf(sample),
  }
}

/** Leaves out what every run is held to, and what allows anything. */
function isTelling(expected: string): boolean {
  return !/: any number$|^(corrupted|unexpected|late): none$|^fresh lines get through after the last fault$/.test(
    expected,
  )
}

/** A longer delay is a finding of its own. */
const notableDelayMs = 10_000

function measuredText(result: Result): string {
  const { totals, duplicates, latencyMs, verdict, reasons } = result
  if (verdict === 'inconclusive') return `inconclusive: ${reasons[0] ?? ''}`
  const where = whereLost(result)
  const hops = [...new Set(duplicates.map(({ hop }) => hop))]
  const parts = [
    `${count(totals.lost)} of ${count(totals.sent)} lost${where.length > 0 ? ` (${where.join(', ')})` : ''}`,
    totals.stranded > 0 && `${count(totals.stranded)} stranded`,
    totals.duplicated > 0 &&
      `${counted(totals.duplicated, 'surplus copy', 'surplus copies')}${hops.length > 0 ? ` (${hops.join(', ')})` : ''}`,
    latencyMs !== null &&
      latencyMs.max >= notableDelayMs &&
      `delays up to ${String(Math.round(latencyMs.max / 1000))} s`,
  ]
  return parts.filter((part) => typeof part === 'string').join(', ')
}

function count(lines: number): string {
  return lines.toLocaleString('en')
}
