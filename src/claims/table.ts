import { type Result, type Verdict } from '../store/result.js'
import { type Claim } from './claims.js'
import { counted } from '../words.js'

/** What one variant of a scenario measured for a claim on one testbed: its newest stored run. */
export interface Measurement {
  readonly scenario: string
  readonly variant: string | null
  readonly testbed: string
  readonly profile: string
  readonly fluentd: string
  readonly expected: string
  readonly measured: string
  readonly verdict: Verdict
  /** How many runs of the variant are stored, and how many of them passed. */
  readonly runs: { readonly passed: number; readonly stored: number }
}

/** `yes`: every variant found what its scenario expects. `unknown`: not measured, or a run of it proves nothing. */
export type Holds = 'yes' | 'no' | 'unknown'

/** Where claims are measured: on one machine, and on clusters. */
export const testbeds = ['local', 'kind', 'k0s'] as const
export type MeasuredOn = (typeof testbeds)[number]

export interface ClaimRow {
  readonly claim: Claim
  readonly measurements: readonly Measurement[]
  /** By testbed, of `testbeds`. */
  readonly holds: Readonly<Record<MeasuredOn, Holds>>
}

/** Lays stored results against claims; of each scenario, variant, profile and testbed the newest counts. */
export function claimTable(claims: readonly Claim[], results: readonly Result[]): ClaimRow[] {
  const byVariant = new Map<string, Result[]>()
  for (const result of results.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
    const key = [result.scenario, result.variant ?? '', result.profile, result.testbed].join('\n')
    byVariant.set(key, [...(byVariant.get(key) ?? []), result])
  }
  return claims.map((claim) => {
    const measurements = [...byVariant.values()]
      .flatMap((runs) => {
        const newest = runs.at(-1)
        return newest?.claims.includes(claim.id) === true ? [{ newest, runs }] : []
      })
      .sort(
        ({ newest: a }, { newest: b }) =>
          a.scenario.localeCompare(b.scenario) ||
          testbeds.indexOf(a.testbed as MeasuredOn) - testbeds.indexOf(b.testbed as MeasuredOn) ||
          a.startedAtMs - b.startedAtMs,
      )
      .map(({ newest, runs }) => measurementOf(newest, runs))
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

/** What scenarios expect is meant for the hardened profile: runs of another one are shown, and decide nothing. */
function holds(all: readonly Measurement[], on: MeasuredOn): Holds {
  const measurements = all.filter(({ testbed, profile }) => testbed === on && profile === 'hardened')
  if (measurements.some(({ verdict }) => verdict === 'fail')) return 'no'
  const unclear = measurements.length === 0 || measurements.some(({ verdict }) => verdict === 'inconclusive')
  return unclear ? 'unknown' : 'yes'
}

function measurementOf(result: Result, runs: readonly Result[]): Measurement {
  const { scenario, variant, testbed, profile, versions, expectations, verdict } = result
  const telling = expectations.filter(({ expected, met }) => !met || isTelling(expected))
  return {
    scenario,
    variant,
    testbed,
    profile,
    fluentd: versions.fluentd ?? 'unknown',
    expected: telling.map(({ expected }) => expected).join('; '),
    measured: measuredText(result),
    verdict,
    runs: { passed: runs.filter((run) => run.verdict === 'pass').length, stored: runs.length },
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

function measuredText({ totals, gone, duplicates, latencyMs, verdict, reasons }: Result): string {
  if (verdict === 'inconclusive') return `inconclusive: ${reasons[0] ?? ''}`
  const where = [
    ...new Set(gone.map(({ lastSeen, firstMissing }) => `between ${lastSeen} and ${firstMissing}`)),
  ]
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
