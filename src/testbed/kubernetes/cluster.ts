import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { bundlePath } from '../../entry-point.js'
import { GaplessError } from '../../errors.js'
import type { Cluster, K0sAccess, Pod, Storage, TestbedEvents, Workload } from '../contract.js'
import type { Settings } from '../settings.js'
import type { KubernetesApi } from './api.js'
import type { ControlPlane } from './control-plane.js'
import { machineOf, type KubernetesContext } from './context.js'
import { startClusterInstruments } from './instruments.js'
import { limitDisk, unlimitDisk } from './limited-disk.js'
import type { Machine } from './machine.js'
import { namespaceManifest } from './manifests.js'
import { removeNamespace, removeNodeLabels } from './namespace.js'
import { hostAppLogPath, hostStatePath } from './node-paths.js'
import type { KubernetesPod } from './pod.js'
import type { ClusterTimings } from './timings.js'
import { tolerationsOf } from './tolerations.js'
import { keptLogsDirectory } from './pod-logs.js'
import { nodesAttached } from './volumes.js'
import { watchPods } from './pod-watch.js'
import { keepJournal } from './storage/journal.js'
import { openStorage, type SharedStorage } from './storage/storage.js'
import { filesOfMachine } from './shared-files.js'
import { createBarePod, createObjects, deployWorkload, type WorkloadOptions } from './workloads.js'

export interface ClusterParts {
  readonly api: KubernetesApi
  /** The plan's nodes, in their order. */
  readonly machines: readonly Machine[]
  /** A node that no fault hits, by which one gets at Services from outside. */
  readonly entry: Machine
  /** Where nodes run k0s. */
  readonly k0s?: K0sAccess
  /** The Docker network of the machines. */
  readonly network: string
  readonly kubeconfigPath: string
  readonly controlPlane: Pick<ControlPlane, 'machine' | 'kubectl'>
  /** Claims that outlive nodes; absent: there will be none. */
  readonly storage?: Storage
  readonly runId: string
  /** Begins with `namespacePrefix`, by which what a run left on a node is known. */
  readonly namespace: string
  readonly timings: ClusterTimings
  /** Absent: as much as there is. */
  readonly nodeDiskBytes?: number
  /** Where the manifests are written to. */
  readonly manifestsDirectory: string
  readonly removedLogsDirectory: string
  /** What was recorded of volumes. */
  readonly storageDirectory: string
  readonly settings: Settings
  readonly onProgress: (text: string) => void
  readonly signal: AbortSignal
  /** Called last: takes the cluster itself away, or gives it back. */
  readonly onDisposed: (kept: boolean) => Promise<void>
}

/** Of the namespaces of runs. */
export const namespacePrefix = 'gapless-'

/** The only file that an emitter's pod is given. */
const emitterPath = '/gapless/workload.mjs'

/** A run's place in a Kubernetes cluster that stands: a namespace of its own, whatever its nodes are made of. */
export async function openCluster(parts: ClusterParts): Promise<Cluster> {
  const { storageDirectory: directory, settings } = parts
  if (parts.storage === undefined) return openPlace(parts, undefined)
  const storage = await openStorage({ ...parts, directory, image: settings.images.node })
  try {
    return await openPlace(parts, storage)
  } catch (error) {
    await storage.close()
    throw error
  }
}

async function openPlace(parts: ClusterParts, storage: SharedStorage | undefined): Promise<Cluster> {
  const { api, machines, runId, namespace, settings, nodeDiskBytes } = parts
  const events = new EventEmitter<TestbedEvents>()
  await forgetRuns(machines)
  await api.create(namespaceManifest(namespace, runId))
  const watch = await watchPods(api, namespace, parts.onProgress)
  if (nodeDiskBytes !== undefined) {
    await Promise.all(machines.map((machine) => limitDisk(machine, nodeDiskBytes)))
  }
  const context: KubernetesContext = {
    ...parts,
    watch,
    onEvent: (event) => events.emit('event', event),
    ...(storage && { failure: storage.failure }),
  }
  const journal = storage && keepJournal(context, storage)
  const pods: KubernetesPod[] = []
  let over = false

  async function deploy(workload: Workload): Promise<readonly Pod[]> {
    const created = await deployWorkload(workload, optionsOf(workload, parts.timings), context)
    pods.push(...created)
    return created
  }

  async function close(): Promise<void> {
    await journal?.stop()
    for (const pod of pods) pod.forget()
    await watch[Symbol.asyncDispose]()
  }

  async function removeRun(): Promise<void> {
    await close()
    await removeNamespace(api, namespace)
  }

  return {
    nodes: machines.map(({ node }) => node),
    events,
    emitter: {
      image: settings.images.node,
      command: ['node', emitterPath],
      files: { [emitterPath]: readFileSync(bundlePath('workload'), 'utf8') },
    },
    lacks: new Set(api.served.outOfServiceTaint ? [] : ['out-of-service-taint']),
    versions: { kubernetes: api.served.version },
    ...(storage && { failure: storage.failure }),
    kubernetes: {
      api,
      namespace,
      machine: (node) => machineOf(node, context),
      ...(parts.k0s && { k0s: parts.k0s }),
      removeRun,
    },
    startInstruments: (options) =>
      startClusterInstruments(
        {
          ...parts,
          entryAddress: parts.entry.address,
          kubernetesNames: Object.fromEntries(
            machines.map((machine) => [machine.node, machine.kubernetesName]),
          ),
          image: settings.images.node,
          create: (name, objects) => createObjects(name, objects, context),
        },
        options,
      ),
    anotherAggregator: (endpoints) => Promise.resolve(endpoints),
    attachedTo: (claim) => nodesAttached(claim, context),
    deploy,
    async createPod(spec) {
      const pod = await createBarePod(spec, context)
      pods.push(pod)
      return pod
    },
    pods: () => pods.filter((pod) => pod.exists()),
    files: (node) => filesOfMachine(machineOf(node, context), parts.entry),
    nodePath: (_, path) => path,
    nodeRoot: (node) => {
      throw new GaplessError(`${node} is a machine of its own: its files are none of this one`, {
        code: 'usage',
      })
    },
    rotateLogs: () =>
      Promise.reject(new GaplessError('kubelet rotates logs by their size only', { code: 'usage' })),
    async detach() {
      over = true
      await close()
      await storage?.detach()
      await parts.onDisposed(true)
    },
    async [Symbol.asyncDispose]() {
      if (over) return
      over = true
      try {
        await Promise.all([removeRun(), removeNodeLabels(api, runId)])
        await storage?.close()
        if (nodeDiskBytes !== undefined) await Promise.all(machines.map(unlimitDisk))
        await forgetRuns(machines, [keptLogsDirectory(runId)])
      } finally {
        api[Symbol.dispose]()
        await parts.onDisposed(false)
      }
    },
  }
}

function optionsOf(workload: Workload, timings: ClusterTimings): WorkloadOptions {
  const { readinessPort, minAvailable = 0, affinity } = workload
  return {
    tolerations: tolerationsOf(workload, timings),
    ...(readinessPort !== undefined && { readinessPort }),
    ...(minAvailable > 0 && { podDisruptionBudget: { minAvailable } }),
    ...(affinity && { affinity }),
  }
}

/**
 * On the nodes of a warm cluster the next run would find buffers and positions of the one before, and read its logs:
 * kubelet removes those of a pod that is gone only once a minute.
 */
async function forgetRuns(machines: readonly Machine[], more: readonly string[] = []): Promise<void> {
  const paths = [
    hostStatePath,
    hostAppLogPath,
    `/var/log/pods/${namespacePrefix}*_*`,
    `/var/log/containers/*_${namespacePrefix}*_*`,
    ...more,
  ]
  await Promise.all(
    machines.map(async (machine) => {
      if ((await machine.state()) !== 'running') return
      await machine.exec(['sh', '-c', `rm -rf ${paths.join(' ')}`], { allowFailure: true })
    }),
  )
}
