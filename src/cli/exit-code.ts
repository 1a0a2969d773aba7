import { isGaplessError } from '../errors.js'
import { type Verdict } from '../store/result.js'

export const exitCodes = { pass: 0, fail: 1, usage: 2, inconclusive: 3, interrupted: 130 } as const

/** fail > inconclusive > pass over all runs; nothing run is inconclusive. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail'
  return verdicts.length === 0 || verdicts.includes('inconclusive') ? 'inconclusive' : 'pass'
}

/**
 * The exit status for an error. What the user must mend (wrong input, something missing, no room) is 2; an
 * instrument or pipeline that failed measured nothing and is 3.
 */
export function exitCodeOf(error: unknown): number {
  if (!isGaplessError(error)) return exitCodes.inconclusive
  switch (error.code) {
    case 'interrupted':
      return exitCodes.interrupted
    case 'instrument':
    case 'timeout':
      return exitCodes.inconclusive
    default:
      return exitCodes.usage
  }
}
