import { type Result, type Verdict } from '../store/result.js'
import { type Claim } from './claims.js'
import { counted } from '../words.js'

/** What one variant of a scenario measured for a claim: its newest stored run. */
export interface Measurement {
  readonly scenario: string
  readonly variant: string | null
  readonly fluentd: string
  readonly expected: string
  readonly measured: string
  readonly verdict: Verdict
  /** How many runs of the variant are stored, and how many of them passed. */
  readonly runs: { readonly passed: number; readonly stored: number }
}

/** `yes`: every variant found what its scenario expects. `unknown`: not measured, or a run of it proves nothing. */
export type Holds = 'yes' | 'no' | 'unknown'

export interface ClaimRow {
  readonly claim: Claim
  readonly measurements: readonly Measurement[]
  readonly holds: Holds
}

/** Lays stored results against claims; of each scenario and variant the newest counts. */
export function claimTable(claims: readonly Claim[], results: readonly Result[]): ClaimRow[] {
  const byVariant = new Map<string, Result[]>()
  for (const result of results.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
    const key = `${result.scenario}\n${result.variant ?? ''}\n${result.profile}`
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
          a.scenario.localeCompare(b.scenario) || a.startedAtMs - b.startedAtMs,
      )
      .map(({ newest, runs }) => measurementOf(newest, runs))
    return { claim, measurements, holds: holds(measurements) }
  })
}

function holds(measurements: readonly Measurement[]): Holds {
  if (measurements.some(({ verdict }) => verdict === 'fail')) return 'no'
  const unclear = measurements.length === 0 || measurements.some(({ verdict }) => verdict === 'inconclusive')
  return unclear ? 'unknown' : 'yes'
}

function measurementOf(result: Result, runs: readonly Result[]): Measurement {
  const { scenario, variant, versions, expectations, verdict } = result
  const telling = expectations.filter(({ expected, met }) => !met || isTelling(expected))
  return {
    scenario,
    variant,
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

function measuredText({ totals, gone, duplicates, verdict, reasons }: Result): string {
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
  ]
  return parts.filter((part) => typeof part === 'string').join(', ')
}

function count(lines: number): string {
  return lines.toLocaleString('en')
}
