import { type Result } from '../store/result.js'

export { formatOffset } from '../words.js'

export type SeqRange = readonly [first: number, last: number]

/** 8000 → "8,000". */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** "1 line", "8,000 lines". */
export function formatLines(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'line' : 'lines'}`
}

/** 340 → "340 ms", 2140 → "2.1 s", 75000 → "1 min 15 s". */
export function formatDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return 'unknown'
  const sign = durationMs < 0 ? '−' : ''
  const abs = Math.abs(durationMs)
  if (abs < 999.5) return `${sign}${String(Math.round(abs))} ms`
  if (abs < 59_950) return `${sign}${(abs / 1000).toFixed(1)} s`
  const seconds = Math.round(abs / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${sign}${formatCount(minutes)} min ${String(seconds % 60)} s`
  return `${sign}${formatCount(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`
}

/** "2026-08-01 12:03:04.120 UTC"; what is no time at all is shown as the number it is. */
export function formatInstant(atMs: number): string {
  const date = new Date(atMs)
  if (Number.isNaN(date.getTime())) return String(atMs)
  return date.toISOString().replace('T', ' ').replace('Z', ' UTC')
}

/** [[4001, 4120], [5001, 5001], …] → "4,001–4,120, 5,001 and 3 more ranges", at most `max` of them. */
export function formatRanges(ranges: readonly SeqRange[], max: number): string {
  const shown = ranges
    .slice(0, max)
    .map(([first, last]) =>
      first === last ? formatCount(first) : `${formatCount(first)}–${formatCount(last)}`,
    )
  const rest = ranges.length - shown.length
  if (rest === 0) return shown.join(', ')
  return `${shown.join(', ')} and ${formatCount(rest)} more ${rest === 1 ? 'range' : 'ranges'}`
}

/** Lines in a range whose both ends count. */
export function rangeLines([first, last]: SeqRange): number {
  return last - first + 1
}

/** "forwarder-killed (memory buffer)". */
export function runTitle({ scenario, variant }: Pick<Result, 'scenario' | 'variant'>): string {
  return variant === null ? scenario : `${scenario} (${variant})`
}

/** Sum of all phases. */
export function tookMs({ durationsMs }: Pick<Result, 'durationsMs'>): number {
  return Object.values(durationsMs).reduce((sum, phaseMs) => sum + phaseMs, 0)
}

const phasesBeforeLoad = ['provision', 'deploy', 'warm-up']

/** When the load began: points in time are shown relative to it. The phases before it follow on one another. */
export function loadStartMs({
  startedAtMs,
  durationsMs,
}: Pick<Result, 'startedAtMs' | 'durationsMs'>): number {
  return phasesBeforeLoad.reduce((atMs, phase) => atMs + (durationsMs[phase] ?? 0), startedAtMs)
}

/** The first `max` items, and how many were left out. */
export function capped<T>(
  items: readonly T[],
  max: number,
): { readonly shown: readonly T[]; readonly rest: number } {
  const shown = items.slice(0, max)
  return { shown, rest: items.length - shown.length }
}

/** Where lines are that did not arrive: 'in the node log on node-1', and for what is no station, the words as they are. */
export function heldAt(station: string): string {
  return /^(?:somewhere|on their way)\b/.test(station) ? station : `in the ${station}`
}

/** Stranded lines that may be where nobody can look, or gone. */
export function perhapsStranded({ streams }: Pick<Result, 'streams'>): number {
  const held = streams.flatMap(({ strandedAt }) => strandedAt).filter(({ perhaps }) => perhaps)
  return held.reduce((sum, { lines }) => sum + lines, 0)
}
