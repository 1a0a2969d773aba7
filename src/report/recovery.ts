import { type Result } from '../store/result.js'
import { capped, formatCount, formatDuration } from './format.js'

const mostStreams = 6

/** A sentence about whether fresh lines got through once everything was mended; null where that was not tried. */
export function describeRecovery({
  recovery,
  faults,
  drain,
}: Pick<Result, 'recovery' | 'faults' | 'drain'>): string | null {
  if (recovery === null) return null
  const { recovered, afterMs, missing } = recovery
  const broken = faults.some(({ injectedAtMs }) => injectedAtMs !== null)
  if (!recovered) {
    const { shown, rest } = capped(missing, mostStreams)
    const streams = [...shown, ...(rest > 0 ? [`${formatCount(rest)} more streams`] : [])]
    const still = drain.linesPerSecond !== undefined
    return `${still ? 'it was still sending earlier lines when the deadline came' : 'it never recovered'}: no fresh line of ${listed(streams)} got through${broken ? ' after the last fault' : ''}`
  }
  if (!broken) return 'fresh lines of every stream got through at the end'
  const after = afterMs === null ? '' : `${formatDuration(afterMs)} `
  return `fresh lines of every stream were through ${after}after the last fault was healed`
}

/** "a", "a and b", "a, b and c". */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}
