import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { listContainers } from '../../docker/container.js'
import { markSource, ownerOf } from '../../docker/owned.js'
import { GaplessError } from '../../errors.js'
import { findRegistry } from '../../processes/registry.js'
import { removeClusterOf } from '../../processes/remove-cluster.js'
import { clusterDirectory, volumesDirectory } from '../../processes/state-directory.js'
import type { ContainerLogPolicy, K0sAccess } from '../contract.js'
import type { ControlPlane } from './control-plane.js'
import type { Machine } from './machine.js'

/** What a run wants of a cluster, whoever makes it. */
export interface ClusterSettings {
  /** The workers, by the plan's names. */
  readonly nodes: readonly string[]
  readonly logPolicy: ContainerLogPolicy
}

/** A cluster that gapless made, all nodes Ready. */
export interface StandingCluster {
  readonly name: string
  /** A file of its own; the user's kubeconfig is neither read nor written. */
  readonly kubeconfigPath: string
  /** The Docker network that its machines are on. */
  readonly network: string
  readonly controlPlane: ControlPlane
  /** A node that no fault hits and no pod of the pipeline is on. */
  readonly entry: Machine
  /** Those that pipelines are on, in the order of the plan's nodes. */
  readonly machines: readonly Machine[]
  /**
   * Has a node's kubelet say that it is there so often that the node is late several times before it is NotReady by
   * this grace period; undefined: as often as Kubernetes has it. Where that takes a new start of kubelet, which its pods
   * do not notice, it resolves to when the one before had ended, in whole seconds of the machine's clock as
   * milliseconds since the epoch.
   */
  paceKubelet(
    machine: Machine,
    nodeMonitorGracePeriodSeconds: number | undefined,
  ): Promise<number | undefined>
  /** Of a cluster of k0s. */
  readonly k0s?: K0sAccess
  /** Deletes the cluster and its kubeconfig. Resolves also where it is gone already. */
  remove(): Promise<void>
}

export interface KnownCluster extends ClusterSettings {
  /** Docker's and Kubernetes' names begin with it. */
  readonly name: string
  /** Whose it is: the run's, by its id, or a name of its own where it outlasts the run. */
  readonly owner: string
  readonly kubeconfigPath: string
}

export interface NewCluster extends KnownCluster {
  /** Who makes it; `gapless clean` goes by that. */
  readonly runId: string
  /** Loaded while it comes up, as far as the local Docker has them. */
  readonly images?: readonly string[]
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
  /** For all of it. Default 10 minutes, as a first time may download what nodes are made from. */
  readonly timeoutMs?: number
}

/** How a testbed makes clusters, and finds again those that it made. */
export interface ClusterMaker {
  /** Of the one cluster that outlasts runs. */
  readonly warmName: string
  /** Docker's label of all machines of a cluster; its value is the cluster's name. */
  readonly clusterLabel: string
  /** So many machines there are besides those of the plan's nodes. */
  readonly moreMachines: number
  /** What two clusters must have in common besides their settings to be as good as each other. */
  readonly madeOf: Readonly<Record<string, string | null>>
  /** Docker's name of the control plane's machine. */
  controlPlaneOf(name: string): string
  /** For somebody who wants a cluster of this name out of the way. */
  removeCommand(name: string): string
  /**
   * Resolves when all nodes are Ready and the cluster's own pods run. Where that fails or is aborted nothing stays.
   * Throws 'usage' where there is a cluster of this name.
   */
  create(options: NewCluster): Promise<StandingCluster>
  /** One that `create` made with the same settings and that stands. Throws 'instrument' where machines are missing. */
  open(options: KnownCluster): Promise<StandingCluster>
}

/** Directories of this machine that belong to a cluster. */
export interface ClusterDirectories {
  /** Mounted in all machines, it says whose they are. */
  readonly mark: string
  /** Mounted in all machines: what is on volumes that outlive any node. */
  readonly volumes: string
}

/** Notes down whose the cluster will be, and makes its directories. Throws 'usage' where its name is taken. */
export async function prepareCluster(
  { name, runId, owner, kubeconfigPath }: NewCluster,
  maker: Pick<ClusterMaker, 'clusterLabel' | 'removeCommand'>,
): Promise<ClusterDirectories> {
  await refuseTaken(name, maker)
  findRegistry(runId)?.registerDocker(owner)
  const directories = { mark: markSource(clusterDirectory(owner)), volumes: volumesDirectory(owner) }
  await Promise.all(Object.values(directories).map((path) => mkdir(path, { recursive: true })))
  await mkdir(dirname(kubeconfigPath), { recursive: true })
  return directories
}

export async function removeCluster({
  owner,
  kubeconfigPath,
}: Pick<KnownCluster, 'owner' | 'kubeconfigPath'>): Promise<void> {
  await removeClusterOf(owner)
  await rm(kubeconfigPath, { force: true })
}

async function refuseTaken(
  name: string,
  { clusterLabel, removeCommand }: Pick<ClusterMaker, 'clusterLabel' | 'removeCommand'>,
): Promise<void> {
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
      ...(owner === undefined ? { command: removeCommand(name) } : {}),
    },
  )
}
