import { isGaplessError } from '../../errors.js'
import type { KubernetesApi } from './api.js'
import { objectPath } from './paths.js'

export interface PodAddress {
  readonly namespace: string
  /** Of the pod object. */
  readonly pod: string
  readonly port: number
}

const timeoutMs = 1_000

/**
 * What a pod answers to a GET, asked through the API server: this machine need not reach addresses of pods. `path`
 * begins with a slash. null where there is no answer with status 2xx within a second.
 */
export async function getThroughProxy(
  api: KubernetesApi,
  { namespace, pod, port }: PodAddress,
  path: string,
): Promise<string | null> {
  try {
    return await api.request('GET', `${objectPath('Pod', namespace, `${pod}:${port}`)}/proxy${path}`, {
      timeoutMs,
    })
  } catch (error) {
    if (isGaplessError(error)) return null
    throw error
  }
}
