import { type Result } from '../store/result.js'
import { formatDuration } from './format.js'

/** "Nothing was delivered for 61.2 s."; null where lines arrived all the time, or nobody looked. */
export function describeSilence({ staircase }: Pick<Result, 'staircase'>): string | null {
  const silence = staircase?.withoutDelivery
  if (!silence) return null
  if (silence.toMs === null) return 'From some time on nothing was delivered any more.'
  return `Nothing was delivered for ${formatDuration(silence.toMs - silence.fromMs)}.`
}
