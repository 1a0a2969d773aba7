import { freshNodeController } from './node-controller.js'
import { clusterReady } from './ready.js'
import type { StandingCluster } from './standing-cluster.js'
import type { ClusterTimings } from './timings.js'

/**
 * Has a cluster that stands wait as long for silent nodes as a run wants, whatever the run before wanted, and begin with
 * a controller manager that has seen no node fail. How long pods stay on such a node they say themselves.
 */
export async function applyTimings(
  { machines, controlPlane, paceKubelet }: Pick<StandingCluster, 'machines' | 'controlPlane' | 'paceKubelet'>,
  { nodeMonitorGracePeriodSeconds }: ClusterTimings,
  progress: { readonly signal: AbortSignal; readonly onProgress?: (text: string) => void },
): Promise<void> {
  const startedMs = new Map<string, number>()
  await Promise.all(
    machines.map(async (machine) => {
      const anewMs = await paceKubelet(machine, nodeMonitorGracePeriodSeconds)
      if (anewMs !== undefined) startedMs.set(machine.kubernetesName, anewMs)
    }),
  )
  // A kubelet that has just started may say that its node is not ready yet, which a controller must not remember.
  if (startedMs.size > 0) await clusterReady(controlPlane, { ...progress, startedMs })
  await freshNodeController(controlPlane, { nodeMonitorGracePeriodSeconds, ...progress })
}
