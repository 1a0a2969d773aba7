import { type Result, type Verdict } from '../store/result.js'
import { type Claim } from './claims.js'

/** What one variant of a scenario measured for a claim: its newest stored run. */
export interface Measurement {
  readonly scenario: string
  readonly variant: string | null
  readonly fluentd: string
  readonly expected: string
  readonly measured: string
  readonly verdict: Verdict
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
  const newest = new Map<string, Result>()
  for (const result of results.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
    newest.set(`${result.scenario}\n${result.variant ?? ''}\n${result.profile}`, result)
  }
  return claims.map((claim) => {
    const measurements = [...newest.values()]
      .filter((result) => result.claims.includes(claim.id))
      .sort((a, b) => a.scenario.localeCompare(b.scenario) || a.startedAtMs - b.startedAtMs)
      .map(measurementOf)
    return { claim, measurements, holds: holds(measurements) }
  })
}

function holds(measurements: readonly Measurement[]): Holds {
  if (measurements.some(({ verdict }) => verdict === 'fail')) return 'no'
  const unclear = measurements.length === 0 || measurements.some(({ verdict }) => verdict === 'inconclusive')
  return unclear ? 'unknown' : 'yes'
}

function measurementOf(result: Result): Measurement {
  const { scenario, variant, versions, expectations, verdict } = result
  const telling = expectations.filter(({ expected, met }) => !met || isTelling(expected))
  return {
    scenario,
    variant,
    fluentd: versions.fluentd ?? 'unknown',
    expected: telling.map(({ expected }) => expected).join('; '),
    measured: measuredText(result),
    verdict,
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
      `${count(totals.duplicated)} surplus copies${hops.length > 0 ? ` (${hops.join(', ')})` : ''}`,
  ]
  return parts.filter((part) => typeof part === 'string').join(', ')
}

function count(lines: number): string {
  return lines.toLocaleString('en')
}
