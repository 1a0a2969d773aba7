import type { PodSpec, Workload } from '../contract.js'
import type { KubernetesContext } from './context.js'
import { machineOf } from './context.js'
import { bareKeeper, keepersOf } from './keeper.js'
import { bareFilesManifests, barePodManifest, workloadManifests, type WorkloadSettings } from './manifests.js'
import type { Manifest } from './objects.js'
import { kubernetesPod, type KubernetesPod } from './pod.js'
import { writeManifest } from './yaml.js'

/** What a workload needs besides what the context and the server say. */
export type WorkloadOptions = Omit<WorkloadSettings, 'namespace' | 'runId' | 'kubernetesNames' | 'policy'>

/**
 * Creates a workload and resolves to its pods once they all run (and are ready, where they have a readiness probe).
 * What was created stays when one does not start: it goes with the namespace.
 */
export async function deployWorkload(
  workload: Workload,
  options: WorkloadOptions,
  context: KubernetesContext,
): Promise<readonly KubernetesPod[]> {
  const { api, namespace, runId, machines } = context
  const kubernetesNames = Object.fromEntries(
    machines.map(({ node, kubernetesName }) => [node, kubernetesName]),
  )
  const { policy } = api.served
  const settings = { ...options, namespace, runId, kubernetesNames, policy }
  await createObjects(workload.name, workloadManifests(workload, settings), context)
  const keepers = keepersOf(workload, context)
  const pods = workload.pods.flatMap((spec, index) => {
    const keeper = keepers[index]
    return keeper ? kubernetesPod(spec, keeper, context) : []
  })
  await allStarted(pods, options.readinessPort !== undefined)
  return pods
}

/** Creates a pod of nobody and resolves once its container runs. */
export async function createBarePod(spec: PodSpec, context: KubernetesContext): Promise<KubernetesPod> {
  const { namespace, runId } = context
  const { kubernetesName } = machineOf(spec.node, context)
  const manifest = barePodManifest(spec, { namespace, runId, kubernetesName })
  await createObjects(spec.name, [...bareFilesManifests(spec, { namespace, runId }), manifest], context)
  const pod = kubernetesPod(spec, bareKeeper(spec, context), context)
  await allStarted([pod], false)
  return pod
}

/** Creates objects in their order, after writing them down in one file of the run's manifests. */
export async function createObjects(
  file: string,
  objects: readonly Manifest[],
  { api, manifestsDirectory }: Pick<KubernetesContext, 'api' | 'manifestsDirectory'>,
): Promise<void> {
  if (manifestsDirectory !== undefined) await writeManifest(manifestsDirectory, file, objects)
  for (const object of objects) await api.create(object)
}

async function allStarted(pods: readonly KubernetesPod[], ready: boolean): Promise<void> {
  try {
    await Promise.all(pods.map((pod) => pod.started({ ready })))
  } catch (error) {
    for (const pod of pods) pod.forget()
    throw error
  }
}
