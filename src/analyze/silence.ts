import { type Sample } from '../store/result.js'

/** Shorter than this nobody would call it an outage: lines come in chunks, a flush interval apart. */
const notableMs = 3000

export interface Silence {
  readonly fromMs: number
  /** null: until the end. */
  readonly toMs: number | null
}

/**
 * The longest time in which lines were missing and none arrived: from the last arrival, or from when the first line after
 * it was sent, to the next. null where lines arrived all the time.
 */
export function longestSilence(
  samples: readonly Sample[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Silence | null {
  const inside = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  const silences: Silence[] = []
  let since: number | undefined
  for (const [index, { atMs, sent, delivered }] of inside.entries()) {
    const arrived = delivered > (inside[index - 1]?.delivered ?? -1)
    if (arrived && since !== undefined) silences.push({ fromMs: since, toMs: atMs })
    if (arrived) since = undefined
    if (sent > delivered) since ??= atMs
  }
  if (since !== undefined) silences.push({ fromMs: since, toMs: null })
  const lasted = (silence: Silence) => (silence.toMs ?? inside.at(-1)?.atMs ?? toMs) - silence.fromMs
  const [longest] = silences.sort((a, b) => lasted(b) - lasted(a))
  return longest && lasted(longest) > notableMs ? longest : null
}
