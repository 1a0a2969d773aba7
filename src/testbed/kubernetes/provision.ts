import path from 'node:path'
import { findRegistry } from '../../processes/registry.js'
import type { Cluster, ProvisionOptions } from '../contract.js'
import type { Settings } from '../settings.js'
import { connect } from './api.js'
import { applyTimings } from './apply-timings.js'
import { namespacePrefix, openCluster } from './cluster.js'
import type { ClusterMaker, StandingCluster } from './standing-cluster.js'
import { acquireWarmCluster } from './warm.js'

export interface ClusterUse {
  readonly settings: Settings
  /** Keep one warm cluster, and give each run a namespace of it. */
  readonly reuse: boolean
}

/** A run's place in a cluster: in one of its own, or in the warm one. */
export async function provisionCluster(
  options: ProvisionOptions,
  maker: ClusterMaker,
  { settings, reuse }: ClusterUse,
): Promise<Cluster> {
  const { runId, directory, signal, storage, nodeDiskBytes, timings = {} } = options
  const { onProgress = () => undefined } = options
  const { cluster, giveBack } = await obtain(options, maker, { settings, reuse })
  const { machines, controlPlane, entry, network, k0s } = cluster
  const namespace = `${namespacePrefix}${runId.slice(-8)}`
  const { machine, kubectl } = controlPlane
  if (reuse) findRegistry(runId)?.registerNamespace({ controlPlane: machine.container, kubectl, namespace })
  try {
    await applyTimings(cluster, timings, { signal, onProgress })
    return await openCluster({
      api: await connect(cluster.kubeconfigPath),
      machines,
      entry,
      network,
      ...(k0s && { k0s }),
      runId,
      namespace,
      timings,
      ...(nodeDiskBytes !== undefined && { nodeDiskBytes }),
      manifestsDirectory: path.join(directory, '..', 'manifests'),
      removedLogsDirectory: path.join(directory, 'removed-logs'),
      storageDirectory: path.join(directory, '..', 'storage'),
      kubeconfigPath: cluster.kubeconfigPath,
      controlPlane,
      ...(storage !== undefined && { storage }),
      settings,
      onProgress,
      signal,
      onDisposed: giveBack,
    })
  } catch (error) {
    await giveBack(false)
    throw error
  }
}

interface Obtained {
  readonly cluster: StandingCluster
  /** Once the run is over; `kept` if it is to stay as it is. */
  readonly giveBack: (kept: boolean) => Promise<void>
}

async function obtain(
  options: ProvisionOptions,
  maker: ClusterMaker,
  { settings, reuse }: ClusterUse,
): Promise<Obtained> {
  const { runId, directory, nodes, logPolicy, images = [], signal, onProgress } = options
  const wanted = {
    runId,
    nodes,
    logPolicy,
    images: [settings.images.node, ...images],
    signal,
    ...(onProgress !== undefined && { onProgress }),
  }
  if (reuse) {
    const cluster = await acquireWarmCluster(maker, wanted)
    // Whoever comes next finds a run that was kept in the registry.
    return { cluster, giveBack: () => Promise.resolve(cluster.release()) }
  }
  const cluster = await maker.create({
    ...wanted,
    name: `gapless-${runId.slice(-8)}`,
    owner: runId,
    kubeconfigPath: path.join(directory, 'kubeconfig'),
  })
  return { cluster, giveBack: (kept) => (kept ? Promise.resolve() : cluster.remove()) }
}
