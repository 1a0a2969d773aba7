/**
 * Between which shares the true one is, with 95 % confidence, where `hits` of `trials` were counted: the exact interval
 * for a binomial proportion of C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated
 * in the case of the binomial", Biometrika 26 (1934), 404–413. It holds for any number of trials, however few, and is
 * wider than need be rather than narrower. 0 of n gives [0, 1 - 0.025^(1/n)]. Shares from 0 to 1.
 */
export function shareInterval(hits: number, trials: number): readonly [low: number, high: number] {
  const low = hits === 0 ? 0 : solve((share) => 1 - atMost(hits - 1, trials, share) - tail)
  const high = hits === trials ? 1 : solve((share) => tail - atMost(hits, trials, share))
  return [low, high]
}

/** What is left out of the interval at each of its ends. */
const tail = 0.025

/** Where a function that rises from below 0 to above it crosses 0, between 0 and 1. */
function solve(rising: (share: number) => number): number {
  let [low, high] = [0, 1]
  // Each step halves it: 60 of them are all that a double can tell.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (rising(middle) < 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** How probable `hits` or fewer of `trials` are where each hits with the probability `share`, which is within 0 and 1. */
function atMost(hits: number, trials: number, share: number): number {
  // In logarithms, as the single terms of many trials are too small for a double.
  let logTerm = trials * Math.log1p(-share)
  let sum = Math.exp(logTerm)
  for (let hit = 1; hit <= hits; hit++) {
    logTerm += Math.log((trials - hit + 1) / hit) + Math.log(share) - Math.log1p(-share)
    sum += Math.exp(logTerm)
  }
  return Math.min(1, sum)
}
