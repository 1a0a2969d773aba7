import path from 'node:path'
import { findRegistry } from '../../processes/registry.js'
import type { Capability, Cluster, ProvisionOptions, Testbed } from '../contract.js'
import { connect } from '../kubernetes/api.js'
import { namespacePrefix, openCluster } from '../kubernetes/cluster.js'
import { fluentdImage } from '../kubernetes/images.js'
import type { Settings } from '../settings.js'
import { createKindCluster, type KindCluster } from './cluster.js'
import { requireKind } from './program.js'
import { acquireWarmCluster } from './warm.js'

export interface KindTestbedOptions {
  /** Keep one warm cluster, and give each run a namespace of it. */
  readonly reuse: boolean
}

/** A Kubernetes cluster of its own for each run, its nodes containers of the local Docker. */
export function createKindTestbed(settings: Settings, { reuse }: KindTestbedOptions): Testbed {
  return {
    name: 'kind',
    description: 'a Kubernetes cluster in containers, made by kind; needs Docker and kind',
    emulated: [
      'Nodes are containers of one machine: they share its kernel, clock and disk, and are as busy as each other.',
      'A disk with a size (knob node.diskSize) is for logs, buffers and volumes alone, and in memory.',
      'What forwarders send to the aggregator goes through a container beside the nodes that writes it down.',
    ],
    capabilities: new Set<Capability>([
      'signal-processes',
      'rwo-volumes',
      'rwx-volumes',
      'pod-deletion',
      'replicas',
      'kubernetes',
      'out-of-service-taint',
    ]),
    fluentdImage: (requested) => fluentdImage(requested, settings.images.fluentd),
    provision: (options) => provisionKind(options, settings, reuse),
  }
}

async function provisionKind(
  options: ProvisionOptions,
  settings: Settings,
  reuse: boolean,
): Promise<Cluster> {
  const { runId, directory, signal, nodeDiskBytes, onProgress = () => undefined } = options
  await requireKind()
  const { cluster, giveBack } = await obtain(options, settings, reuse)
  const { machines, controlPlane, network } = cluster
  const namespace = `${namespacePrefix}${runId.slice(-8)}`
  if (reuse)
    findRegistry(runId)?.registerNamespace({ controlPlane: controlPlane.machine.container, namespace })
  try {
    return await openCluster({
      api: await connect(cluster.kubeconfigPath),
      machines,
      entry: controlPlane.machine,
      network,
      runId,
      namespace,
      ...(nodeDiskBytes !== undefined && { nodeDiskBytes }),
      manifestsDirectory: path.join(directory, '..', 'manifests'),
      removedLogsDirectory: path.join(directory, 'removed-logs'),
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
  readonly cluster: KindCluster
  /** Once the run is over; `kept` if it is to stay as it is. */
  readonly giveBack: (kept: boolean) => Promise<void>
}

async function obtain(options: ProvisionOptions, settings: Settings, reuse: boolean): Promise<Obtained> {
  const { runId, directory, nodes, logPolicy, timings, images = [], signal, onProgress } = options
  const wanted = {
    runId,
    nodes,
    logPolicy,
    ...(timings !== undefined && { timings }),
    images: [settings.images.node, ...images],
    signal,
    ...(onProgress !== undefined && { onProgress }),
    ...(settings.kind.nodeImage !== undefined && { nodeImage: settings.kind.nodeImage }),
  }
  if (reuse) {
    const cluster = await acquireWarmCluster(wanted)
    // Whoever comes next finds a run that was kept in the registry.
    return { cluster, giveBack: () => Promise.resolve(cluster.release()) }
  }
  const cluster = await createKindCluster({
    ...wanted,
    name: `gapless-${runId.slice(-8)}`,
    owner: runId,
    kubeconfigPath: path.join(directory, 'kubeconfig'),
  })
  return { cluster, giveBack: (kept) => (kept ? Promise.resolve() : cluster.remove()) }
}
