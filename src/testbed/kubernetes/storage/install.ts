import { drivers } from '../../../csi/names.js'
import { GaplessError, isGaplessError } from '../../../errors.js'
import { until } from '../../../until.js'
import { isGone, type KubernetesApi } from '../api.js'
import type { ListOf, Manifest, ObjectMeta, PodObject } from '../objects.js'
import { conditionOf } from '../objects.js'
import { collectionPath, listPath } from '../paths.js'
import { troubleOf } from '../pod-trouble.js'
import { driverName, driverNamespace, madeOfLabel } from './manifests.js'
import type { CsiNodeObject } from './objects.js'

export interface InstallOptions {
  /** What the API server calls the nodes that need it. */
  readonly nodes: readonly string[]
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
  /** Default 90 000. */
  readonly timeoutMs?: number
}

/**
 * Puts the driver into a cluster, unless the very same is there, and resolves when kubelet knows it on each node.
 * Throws GaplessError: 'setup-failed' with why its pods do not run, 'timeout' with the nodes that lack it.
 */
export async function installDriver(
  api: KubernetesApi,
  manifests: readonly Manifest[],
  options: InstallOptions,
): Promise<void> {
  if (!(await isInstalled(api, manifests))) {
    options.onProgress('Installing the driver of volumes that outlive nodes')
    await removeAll(api, manifests, options)
    for (const manifest of manifests) await api.create(manifest)
  }
  await untilRegistered(api, options)
}

const pathOf = (manifest: Manifest) => `${collectionPath(manifest)}/${manifest.metadata.name}`

async function isInstalled(api: KubernetesApi, manifests: readonly Manifest[]): Promise<boolean> {
  const found = await Promise.all(manifests.map((manifest) => madeOf(api, pathOf(manifest))))
  return manifests.every(({ metadata }, index) => found[index] === metadata.labels?.[madeOfLabel])
}

async function madeOf(api: KubernetesApi, path: string): Promise<string | null | undefined> {
  try {
    const { metadata } = await api.get<{ metadata: ObjectMeta }>(path)
    return metadata.labels?.[madeOfLabel] ?? null
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

async function removeAll(
  api: KubernetesApi,
  manifests: readonly Manifest[],
  { signal }: InstallOptions,
): Promise<void> {
  const left = async (path: string) => (await madeOf(api, path)) !== undefined
  for (const manifest of manifests) {
    const path = pathOf(manifest)
    if (!(await api.remove(path, { propagationPolicy: 'Foreground' }))) continue
    await until(`${manifest.kind} ${manifest.metadata.name} to go`, {
      timeoutMs: 60_000,
      intervalMs: 250,
      signal,
      poll: async () => !(await left(path)) || undefined,
    })
  }
}

async function untilRegistered(
  api: KubernetesApi,
  { nodes, signal, onProgress, timeoutMs = 90_000 }: InstallOptions,
): Promise<void> {
  let lacking: readonly string[] = []
  let told = ''
  try {
    await until('the driver of volumes that outlive nodes', {
      timeoutMs,
      intervalMs: 250,
      signal,
      poll: async () => {
        lacking = await nodesLacking(api, nodes)
        const text = `Waiting for the driver of volumes on ${lacking.join(', ')}`
        if (lacking.length > 0 && text !== told) onProgress((told = text))
        return lacking.length === 0 || undefined
      },
    })
  } catch (cause) {
    if (!isGaplessError(cause) || cause.code !== 'timeout') throw cause
    throw new GaplessError(`${cause.message}: kubelet does not know it on ${lacking.join(', ')}`, {
      code: 'timeout',
      cause,
      command: `kubectl --namespace ${driverNamespace} logs daemonset/${driverName}`,
    })
  }
}

/** Where kubelet does not know both drivers, or nothing answers it. Throws what keeps a pod of the driver from running. */
async function nodesLacking(api: KubernetesApi, nodes: readonly string[]): Promise<readonly string[]> {
  const selector = encodeURIComponent(`app.kubernetes.io/name=${driverName}`)
  const [registered, pods] = await Promise.all([
    api.get<ListOf<CsiNodeObject>>(listPath('CSINode')),
    api.get<ListOf<PodObject>>(`${listPath('Pod', driverNamespace)}?labelSelector=${selector}`),
  ])
  for (const pod of pods.items) refuseHopeless(pod)
  return nodes.filter((node) => {
    const known = registered.items.find(({ metadata }) => metadata.name === node)?.spec.drivers ?? []
    const runs = pods.items.some(
      (pod) =>
        pod.spec.nodeName === node &&
        pod.metadata.deletionTimestamp === undefined &&
        conditionOf(pod, 'Ready')?.status === 'True',
    )
    return !runs || !Object.values(drivers).every((driver) => known.some(({ name }) => name === driver))
  })
}

function refuseHopeless(pod: PodObject): void {
  const trouble = troubleOf(pod)
  // After a node's power was off its container is started again, and again.
  if (trouble?.graceMs !== 0 || trouble.reason === 'CrashLoopBackOff') return
  throw new GaplessError(
    `The driver of volumes will not start on ${pod.spec.nodeName ?? 'its node'}: ${trouble.reason}: ${trouble.message}`,
    {
      code: 'setup-failed',
      command: `kubectl --namespace ${driverNamespace} describe pod ${pod.metadata.name}`,
    },
  )
}
