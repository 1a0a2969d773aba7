import type { KubernetesApi } from './api.js'
import type { PodObject } from './objects.js'
import { listPath } from './paths.js'
import { watchObjects, type Change, type ObjectWatch } from './watch.js'

export type PodChange = Change<PodObject>

/** The pods of a namespace as the API server has them, kept up to date. */
export interface PodWatch extends Omit<ObjectWatch<PodObject>, 'objects'> {
  pods(): readonly PodObject[]
}

/** Resolves when it knows all pods. From then on it keeps on through every loss of the connection. */
export async function watchPods(
  api: KubernetesApi,
  namespace: string,
  onTrouble: (text: string) => void = () => undefined,
): Promise<PodWatch> {
  const path = listPath('Pod', namespace)
  const { objects, ...watch } = await watchObjects<PodObject>(api, path, { what: 'pods', onTrouble })
  return { ...watch, pods: objects }
}
