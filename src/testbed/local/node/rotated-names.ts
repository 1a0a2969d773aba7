/** Names of a container's log files as kubelet gives them: `0.log`, rotated `0.log.20260102-030405`, then `….gz`. */

export interface RotationPlan {
  /** What is left of a compression that was cut short, or has been compressed already. */
  readonly unused: readonly string[]
  /** More than may be kept; the oldest first. */
  readonly excess: readonly string[]
  readonly compress: readonly string[]
}

/**
 * What kubelet does to the files that are rotated already, before it rotates the current one: at most
 * maxFiles − 2 of them stay, all compressed, so that with the new current file and the one just rotated (never
 * compressed, as it may still be read) there are maxFiles.
 */
export function planRotation(rotated: readonly string[], maxFiles: number): RotationPlan {
  const names = new Set(rotated)
  const unused = rotated.filter((name) => name.endsWith('.tmp') || names.has(`${name}.gz`))
  const inUse = rotated.filter((name) => !unused.includes(name)).sort()
  const keep = Math.max(maxFiles - 2, 0)
  const excess = inUse.slice(0, Math.max(inUse.length - keep, 0))
  const compress = inUse.slice(excess.length).filter((name) => !name.endsWith('.gz'))
  return { unused, excess, compress }
}

/**
 * The name for a file that is rotated now. Kubelet's names have whole seconds, and a second rotation in the same one
 * overwrites the first; here the later one gets the next second that is free, so that names still sort by age.
 */
export function rotatedName(current: string, rotated: readonly string[], nowMs: number): string {
  const newest = rotated
    .map((name) => /\.(\d{8}-\d{6})(?:\.gz|\.tmp)?$/.exec(name)?.[1])
    .filter((stamp) => stamp !== undefined)
    .sort()
    .at(-1)
  let atMs = nowMs
  while (newest !== undefined && stampOf(atMs) <= newest) atMs += 1000
  return `${current}.${stampOf(atMs)}`
}

function stampOf(atMs: number): string {
  const digits = new Date(atMs).toISOString().replaceAll(/[-:]/g, '')
  return `${digits.slice(0, 8)}-${digits.slice(9, 15)}`
}
