/** Labels of everything that a run makes in a cluster. */
export const labelKeys = {
  run: 'gapless.dev/run',
  role: 'gapless.dev/role',
  node: 'gapless.dev/node',
  workload: 'gapless.dev/workload',
} as const

/** The value of the label `gapless.dev/run`: the run's id, its middle left out where it is longer than a label may be. */
export function runLabel(runId: string): string {
  return runId.length <= 63 ? runId : `${runId.slice(0, 50)}--${runId.slice(-11)}`
}

const heldPrefix = 'held.gapless.dev/'

/**
 * A node where this label has the run's value gets no pod of the run's DaemonSet, and one that is there is ended
 * gracefully. Its absence is what normal is: a node that was fenced and registers again gets its pods without help.
 */
export function heldLabel(workload: string): string {
  return `${heldPrefix}${workload}`
}

/** Such labels of a node: those of one run, or where none is named of all. */
export function ownNodeLabels(
  labels: Readonly<Record<string, string>> = {},
  runId?: string,
): readonly string[] {
  const value = runId === undefined ? undefined : runLabel(runId)
  return Object.entries(labels)
    .filter(([key, found]) => key.startsWith(heldPrefix) && (value === undefined || found === value))
    .map(([key]) => key)
}

/** Which pods are a workload's. */
export function selectorOf(workload: string, runId: string): Readonly<Record<string, string>> {
  return { [labelKeys.run]: runLabel(runId), [labelKeys.workload]: workload }
}
