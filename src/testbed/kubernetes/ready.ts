import { z } from 'zod'
import { GaplessError, isGaplessError } from '../../errors.js'
import { until } from '../../until.js'
import { counted } from '../../words.js'
import { askKubectl, type ControlPlane } from './control-plane.js'

const objectSchema = z.object({
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    unschedulable: z.boolean().optional(),
    taints: z.array(z.object({ key: z.string(), effect: z.string() })).optional(),
  }),
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: z.string().nullish() }))
      .optional(),
    availableReplicas: z.int().optional(),
    desiredNumberScheduled: z.int().optional(),
    numberReady: z.int().optional(),
  }),
})
export type ClusterObject = z.infer<typeof objectSchema>

/** Kubernetes' objects as the control plane's own kubectl tells them. */
export async function getObjects(
  controlPlane: ControlPlane,
  kinds: string,
): Promise<readonly ClusterObject[]> {
  const found = await askKubectl(controlPlane, 'get', kinds, '--all-namespaces', '--output', 'json')
  return z.object({ items: z.array(objectSchema) }).parse(JSON.parse(found)).items
}

export const ownKinds = 'nodes,deployments,daemonsets'

/** Resolves when all nodes are Ready, and all that belongs to the cluster itself runs. Throws 'timeout' with what does not. */
export async function clusterReady(
  controlPlane: ControlPlane,
  options: {
    readonly signal: AbortSignal
    readonly onProgress?: (text: string) => void
    readonly timeoutMs?: number
    /** So many have to be registered, where they may not be yet. */
    readonly nodes?: number
    /** Since when nodes, by their names, have another kubelet, which has to have said itself that they are Ready. */
    readonly startedMs?: ReadonlyMap<string, number>
  },
): Promise<void> {
  const { signal, onProgress, timeoutMs = 180_000, nodes = 0, startedMs } = options
  let told = ''
  let waitingFor: readonly string[] = []
  const poll = async (): Promise<true | undefined> => {
    const objects = await getObjects(controlPlane, ownKinds)
    const missing = nodes - objects.filter(({ kind }) => kind === 'Node').length
    waitingFor = [...(missing > 0 ? [counted(missing, 'node')] : []), ...notReady(objects, startedMs)]
    const text = `Waiting for ${waitingFor.join(', ')}`
    if (waitingFor.length > 0 && text !== told) onProgress?.((told = text))
    return waitingFor.length === 0 || undefined
  }
  try {
    await until('the cluster to be ready', { timeoutMs, intervalMs: 500, signal, poll })
  } catch (cause) {
    if (!isGaplessError(cause) || cause.code !== 'timeout') throw cause
    throw new GaplessError(`${cause.message}, that is for ${waitingFor.join(', ')}`, {
      code: 'timeout',
      cause,
    })
  }
}

/** What does not run that should. What a node's kubelet before said of it counts for nothing. */
export function notReady(
  objects: readonly ClusterObject[],
  startedMs: ReadonlyMap<string, number> = new Map(),
): readonly string[] {
  return objects.flatMap(({ kind, metadata: { name }, status }) => {
    if (kind === 'Node') {
      const ready = status.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'True')
      // A kubelet that starts tells its node's conditions in any case. Heartbeats come in whole seconds.
      const saidMs = Date.parse(ready?.lastHeartbeatTime ?? '')
      const since = startedMs.get(name)
      return ready && (since === undefined || saidMs >= since) ? [] : [`node ${name}`]
    }
    // DNS may be bound to a node that takes but one of its replicas.
    const wanted = kind === 'Deployment' ? 1 : status.desiredNumberScheduled
    const has = kind === 'Deployment' ? status.availableReplicas : status.numberReady
    return (has ?? 0) >= (wanted ?? 1) ? [] : [name]
  })
}
