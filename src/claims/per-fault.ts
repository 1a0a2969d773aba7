import { type Result } from '../store/result.js'

/**
 * When a run injected the one fault that it injected again and again. undefined where there is no such fault, or
 * several, or where the run, of an older version, does not tell all of its times.
 */
export function repeatedTimes({ faults }: Pick<Result, 'faults'>): readonly number[] | undefined {
  const byDescription = new Map<string, number[]>()
  for (const { description, injectedAtMs, repeatedAtMs = [] } of faults) {
    if (injectedAtMs === null) continue
    byDescription.set(description, [...(byDescription.get(description) ?? []), injectedAtMs, ...repeatedAtMs])
  }
  const [times, ...others] = byDescription.values()
  return times !== undefined && others.length === 0 && times.length > 1 ? times : undefined
}

/**
 * How many of these times lost lines: a gap counts for the time that is nearest to when its lines were sent, so that
 * there are never more losing times than gaps. undefined where nobody knows when a lost line was sent.
 */
export function losingTimes(times: readonly number[], { gaps }: Pick<Result, 'gaps'>): number | undefined {
  const sentAtMs = gaps.filter(({ kind }) => kind === 'lost').map(({ emittedFromMs }) => emittedFromMs)
  if (sentAtMs.includes(null)) return undefined
  return new Set(sentAtMs.map((atMs) => nearest(times, atMs ?? 0))).size
}

function nearest(times: readonly number[], atMs: number): number | undefined {
  return times.toSorted((a, b) => Math.abs(a - atMs) - Math.abs(b - atMs))[0]
}
