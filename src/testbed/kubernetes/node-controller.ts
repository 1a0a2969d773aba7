import { z } from 'zod'
import { askKubectl, type ControlPlane } from './control-plane.js'

const nodesSchema = z.object({
  items: z.array(
    z.object({
      status: z.object({
        conditions: z
          .array(z.object({ type: z.string(), lastTransitionTime: z.string().nullish() }))
          .optional(),
      }),
    }),
  ),
})

/**
 * Starts the controller manager anew where it has another grace period, or where a node's readiness has changed in its life. That of Kubernetes 1.20 may
 * remember such a node as one that it has tainted with NoExecute already: it never does so again, and the node's pods
 * are never evicted. A run must not depend on what became of the nodes before it.
 */
export async function freshNodeController(
  controlPlane: ControlPlane,
  options: {
    readonly nodeMonitorGracePeriodSeconds: number | undefined
    readonly signal: AbortSignal
    readonly onProgress?: (text: string) => void
  },
): Promise<void> {
  const { controllerManager } = controlPlane
  const [startedAtMs, graceSeconds, nodes] = await Promise.all([
    controllerManager.startedAtMs(),
    controllerManager.nodeMonitorGracePeriodSeconds(),
    askKubectl(controlPlane, 'get', 'nodes', '--output', 'json'),
  ])
  const isOther = graceSeconds !== options.nodeMonitorGracePeriodSeconds
  if (!isOther && !isStale(startedAtMs, nodesSchema.parse(JSON.parse(nodes)).items)) return
  const why = isOther ? 'for another node-monitor-grace-period' : 'as nodes have changed'
  options.onProgress?.(`Starting the controller manager anew, ${why}`)
  await controllerManager.restart(options)
}

/** Whether a node became Ready, or ceased to be, after the controller manager had started. */
export function isStale(
  startedAtMs: number | undefined,
  nodes: z.infer<typeof nodesSchema>['items'],
): boolean {
  const changed = nodes
    .flatMap(({ status }) => status.conditions ?? [])
    .filter(({ type }) => type === 'Ready')
    .map(({ lastTransitionTime }) => Date.parse(lastTransitionTime ?? ''))
  // One that does not run, or a node that nobody can tell the changes of, calls for a new one as well.
  return !(Math.max(...changed) < (startedAtMs ?? -Infinity))
}
