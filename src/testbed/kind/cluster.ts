import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { listContainers } from '../../docker/container.js'
import { markSource, ownerOf } from '../../docker/owned.js'
import { GaplessError } from '../../errors.js'
import { findRegistry } from '../../processes/registry.js'
import { removeClusterOf } from '../../processes/remove-cluster.js'
import { clusterDirectory, volumesDirectory } from '../../processes/state-directory.js'
import { bindDns } from '../kubernetes/cluster-dns.js'
import type { ControlPlane } from '../kubernetes/control-plane.js'
import { loadImages } from '../kubernetes/load-images.js'
import type { Machine } from '../kubernetes/machine.js'
import { freshNodeController } from '../kubernetes/node-controller.js'
import { clusterReady } from '../kubernetes/ready.js'
import { kindConfig, type ClusterSettings } from './config.js'
import { kindControlPlane } from './control-plane.js'
import { clusterLabel, kindNetwork, openNodes } from './nodes.js'
import { runKind } from './program.js'

/** A cluster that kind made, all nodes Ready. */
export interface KindCluster {
  readonly name: string
  /** A file of its own; the user's kubeconfig is neither read nor written. */
  readonly kubeconfigPath: string
  /** The Docker network that its nodes are on. */
  readonly network: string
  readonly settings: ClusterSettings
  readonly controlPlane: ControlPlane
  /** All of them. */
  readonly nodes: readonly Machine[]
  /** The workers, in the order of the plan's nodes. */
  readonly machines: readonly Machine[]
  /** The machine of a node by the plan's name of it. Throws 'instrument' where there is none. */
  machine(node: string): Machine
  /** Deletes the cluster and its kubeconfig. Resolves also where it is gone already. */
  remove(): Promise<void>
}

export interface KindClusterOptions extends ClusterSettings {
  /** Docker's and Kubernetes' names begin with it. */
  readonly name: string
  /** Who makes it; `gapless clean` goes by that. */
  readonly runId: string
  /** Whose it is: the run's, by its id, or a name of its own where it outlasts the run. */
  readonly owner: string
  /** Is made, its directory too. */
  readonly kubeconfigPath: string
  /** Loaded while the control plane comes up, as far as the local Docker has them. */
  readonly images?: readonly string[]
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
  /** For all of it. Default 10 minutes, as a first time may download kind's node image. */
  readonly timeoutMs?: number
}

/**
 * Makes a cluster and resolves when all its nodes are Ready and its own pods run. Where that fails or is aborted
 * nothing stays. Throws GaplessError: 'usage' where there is a cluster of this name, and like `runKind`.
 */
export async function createKindCluster(options: KindClusterOptions): Promise<KindCluster> {
  const { name, runId, owner, kubeconfigPath, nodeImage, onProgress, timeoutMs = 600_000 } = options
  await refuseTaken(name)
  findRegistry(runId)?.registerDocker(owner)
  const directories = { mark: markSource(clusterDirectory(owner)), volumes: volumesDirectory(owner) }
  await Promise.all(Object.values(directories).map((path) => mkdir(path, { recursive: true })))
  await mkdir(dirname(kubeconfigPath), { recursive: true })
  const progress = onProgress && { onProgress }
  // Where one of both fails the other one is to end, too.
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  let loading: Promise<void> | undefined
  const load = async (): Promise<void> => {
    const { machines } = await openNodes(name, options.nodes)
    await loadImages(machines, options.images ?? [], { signal, ...progress })
  }
  let binding: Promise<void> | undefined
  const bind = async (): Promise<void> => {
    const { controlPlane } = await openNodes(name, options.nodes)
    await bindDns(kindControlPlane(controlPlane), controlPlane)
  }
  try {
    await runKind(
      [
        ...['create', 'cluster', '--name', name, '--kubeconfig', kubeconfigPath, '--config', '-'],
        ...(nodeImage === undefined ? [] : ['--image', nodeImage]),
      ],
      {
        runId,
        kubeconfigPath,
        input: kindConfig(options, name, directories),
        timeoutMs,
        signal,
        onStep(step) {
          onProgress?.(step)
          // kubeadm is done: DNS is there, and waits for a node to run on.
          if (/^installing cni/i.test(step)) binding ??= bind()
          binding?.catch(() => failure.abort())
          // The nodes' containers are there by then, and their containerd runs; kubeadm takes most of a minute.
          if (/^starting control-plane/i.test(step)) loading ??= load()
          loading?.catch(() => failure.abort())
        },
      },
    )
    await Promise.all([loading ?? load(), binding ?? bind()])
    const cluster = await openKindCluster(options)
    await clusterReady(cluster.controlPlane, { signal, ...progress })
    await freshNodeController(cluster.controlPlane, { signal, ...progress })
    return cluster
  } catch (error) {
    failure.abort()
    const beside = await Promise.allSettled([loading, binding])
    await removeCluster(owner, kubeconfigPath)
    // If images could not be loaded, say, that is why kind was interrupted.
    const first = beside.find((one) => one.status === 'rejected')
    if (first && !options.signal.aborted) throw first.reason
    throw error
  }
}

/** A cluster that `createKindCluster` made with the same settings and that stands. */
export async function openKindCluster(
  options: ClusterSettings & Pick<KindClusterOptions, 'name' | 'owner' | 'kubeconfigPath'>,
): Promise<KindCluster> {
  const { name, owner, kubeconfigPath, nodes, logPolicy, nodeImage, timings } = options
  const { controlPlane, machines } = await openNodes(name, nodes)
  return {
    name,
    kubeconfigPath,
    network: kindNetwork,
    settings: { nodes, logPolicy, ...(nodeImage && { nodeImage }), ...(timings && { timings }) },
    controlPlane: kindControlPlane(controlPlane),
    nodes: [controlPlane, ...machines],
    machines,
    machine(node) {
      const found = machines.find((machine) => machine.node === node)
      if (found) return found
      throw new GaplessError(`The cluster ${name} has no node ${node}, only ${nodes.join(', ')}`, {
        code: 'instrument',
      })
    },
    remove: () => removeCluster(owner, kubeconfigPath),
  }
}

async function removeCluster(owner: string, kubeconfigPath: string): Promise<void> {
  await removeClusterOf(owner)
  await rm(kubeconfigPath, { force: true })
}

async function refuseTaken(name: string): Promise<void> {
  const containers = await listContainers(`${clusterLabel}=${name}`)
  if (containers.length === 0) return
  const owner = containers.map(ownerOf).find((found) => found !== undefined)
  throw new GaplessError(
    owner === undefined
      ? `There is a cluster named ${name} already, and it is not gapless'; it is left alone.`
      : `There is a cluster named ${name} already, made by gapless for ${owner}.`,
    {
      code: 'usage',
      hint:
        owner === undefined
          ? 'Delete it yourself if it is of no use to you.'
          : 'gapless clean removes what a killed run left.',
      ...(owner === undefined ? { command: `kind delete cluster --name ${name}` } : {}),
    },
  )
}
