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
 * A node that has this label gets no pod of the DaemonSet, and one that is there is ended gracefully. Its absence is
 * what normal is: a node that was fenced and registers again gets its pods without anybody's help.
 */
export function heldLabel(workload: string): string {
  return `${heldPrefix}${workload}`
}

/** Labels of a node that a run left on it. */
export function ownNodeLabels(labels: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(labels).filter((key) => key.startsWith(heldPrefix))
}

/** Which pods are a workload's. */
export function selectorOf(workload: string, runId: string): Readonly<Record<string, string>> {
  return { [labelKeys.run]: runLabel(runId), [labelKeys.workload]: workload }
}
