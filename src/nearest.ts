/** The candidates nearest to what was typed, by edit distance; for "did you mean". */
export function nearest(typed: string, candidates: readonly string[], most = 3): string[] {
  const rated = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  const best = rated[0]?.distance ?? 0
  return rated
    .filter(({ distance }) => distance <= best + 1)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

/** ' Did you mean a or b?' or nothing. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const near = nearest(typed, candidates)
  return near.length === 0 ? '' : ` Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution))
    }
    row = next
  }
  return row[b.length] ?? 0
}
