import { type SelfCheck } from '../store/result.js'
import { counted } from '../words.js'

/** What it means for a verdict: an instrument that failed its self-check measured nothing. */
export function problemsOfSelfCheck({ ok, problems }: SelfCheck): string[] {
  return ok === false ? problems.map((problem) => `the self-check failed: ${problem}`).slice(0, 3) : []
}

/** What the self-check says, in one sentence for a report. */
export function sentenceOf({ ok, defects, stations, checked, problems }: Omit<SelfCheck, 'summary'>): string {
  if (ok === null) return 'The instrument could not be checked: no line of this run arrived.'
  if (!ok) return `The instrument failed its self-check: ${problems[0] ?? 'no reason is known'}.`
  const parts = [...defects.map(({ kind, planted }) => [kind, planted] as const)]
  const atStations = stations.reduce((sum, { planted }) => sum + planted, 0)
  const all = parts.reduce((sum, [, planted]) => sum + planted, atStations)
  const share = checked.bytes < checked.ofBytes ? 'the beginning of ' : ''
  if (all === 0) {
    return `The ledger agrees with the bytes of ${share}what arrived; no line stood where a defect could be planted.`
  }
  const list = [
    ...parts.map(([kind, planted]) => `${kind} ${count(planted)}`),
    ...(atStations > 0 ? [`lines at a known station ${count(atStations)}`] : []),
  ]
  return (
    `${counted(all, 'defect')} planted in a copy of ${share}this run's evidence (${list.join(', ')}) ` +
    (all === 1 ? 'was' : 'were all') +
    ' found, and nothing else; the ledger agrees with the bytes.'
  )
}

function count(lines: number): string {
  return lines.toLocaleString('en')
}
