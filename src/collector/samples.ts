import type { Sample } from '../store/result.js'

/**
 * Thins a series of samples, taken at a steady pace, to those where something changed. The last one before each
 * change is kept as well, so that a line drawn through them is flat where nothing happened.
 */
export function createThinning(): (sample: Sample) => readonly Sample[] {
  let kept: Sample | undefined
  let skipped: Sample | undefined

  return (sample) => {
    if (kept && same(kept, sample)) {
      skipped = sample
      return []
    }
    const out = skipped ? [skipped, sample] : [sample]
    kept = sample
    skipped = undefined
    return out
  }
}

function same(a: Sample, b: Sample): boolean {
  return a.sent === b.sent && a.delivered === b.delivered && a.duplicated === b.duplicated
}
