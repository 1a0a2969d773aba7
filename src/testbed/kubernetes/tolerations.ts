import type { V1Toleration } from '@kubernetes/client-node'
import type { Workload } from '../contract.js'
import type { Plain } from './objects.js'
import type { ClusterTimings } from './timings.js'

/** As kube-proxy has it: such a pod goes on through every taint. */
export const tolerateEverything: Plain<V1Toleration[]> = [{ operator: 'Exists' }]

/**
 * What a workload's pods bear. How long they stay on a node that is silent the API server says of each that does not say
 * it itself (300 s). Those of a DaemonSet stay for ever, which its controller sees to.
 */
export function tolerationsOf(
  { kind, tolerateTaints = false }: Pick<Workload, 'kind' | 'tolerateTaints'>,
  { notReadyTolerationSeconds, unreachableTolerationSeconds }: ClusterTimings,
): Plain<V1Toleration[]> {
  if (tolerateTaints) return tolerateEverything
  if (kind === 'DaemonSet') return []
  return [
    ...stayFor('node.kubernetes.io/not-ready', notReadyTolerationSeconds),
    ...stayFor('node.kubernetes.io/unreachable', unreachableTolerationSeconds),
  ]
}

function stayFor(key: string, tolerationSeconds: number | undefined): Plain<V1Toleration[]> {
  if (tolerationSeconds === undefined) return []
  return [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }]
}
