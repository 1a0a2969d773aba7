import { until } from '../../until.js'
import { isGone, type KubernetesApi } from './api.js'
import { ownNodeLabels } from './labels.js'
import type { ListOf, NodeObject } from './objects.js'
import { listPath, objectPath } from './paths.js'

/** They would make pods anew. */
const controllers = ['DaemonSet', 'StatefulSet', 'Deployment', 'ReplicaSet'] as const

/**
 * Removes a run's namespace with all that is in it. Controllers go first, then pods by force, as what lies on a node that
 * is off would keep the namespace for ever, then claims: a namespace in which there still is something that takes its
 * time Kubernetes looks at again only many seconds later. Resolves when it is gone.
 */
export async function removeNamespace(
  api: KubernetesApi,
  name: string,
  { timeoutMs = 60_000 }: { readonly timeoutMs?: number } = {},
): Promise<void> {
  const path = objectPath('Namespace', '', name)
  if (!(await exists(api, path))) return
  const removePods = () => api.remove(listPath('Pod', name), { gracePeriodSeconds: 0 })
  const claims = listPath('PersistentVolumeClaim', name)
  await Promise.all(
    controllers.map((kind) => api.remove(listPath(kind, name), { propagationPolicy: 'Background' })),
  )
  await removePods()
  await api.remove(claims)
  await until(`claims of ${name} to go`, {
    timeoutMs: 5_000,
    poll: async () => ((await api.get<ListOf<unknown>>(claims)).items.length === 0 ? true : undefined),
  }).catch(() => undefined)
  await api.remove(path)
  await until(`namespace ${name} to go`, {
    timeoutMs,
    intervalMs: 250,
    poll: async () => {
      await removePods()
      return (await exists(api, path)) ? undefined : true
    },
  })
}

async function exists(api: KubernetesApi, path: string): Promise<boolean> {
  try {
    await api.get(path)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** Takes the labels off all nodes that keep pods of DaemonSets away: a run's, or where none is named everybody's. */
export async function removeNodeLabels(api: KubernetesApi, runId?: string): Promise<void> {
  const { items } = await api.get<ListOf<NodeObject>>(listPath('Node'))
  for (const { metadata } of items) {
    const labels = Object.fromEntries(ownNodeLabels(metadata.labels, runId).map((key) => [key, null]))
    if (Object.keys(labels).length > 0) {
      await api.patch(objectPath('Node', '', metadata.name), { metadata: { labels } })
    }
  }
}
