import path from 'node:path'
import type { Capability, Cluster, ProvisionOptions, Testbed } from '../contract.js'
import { connect } from '../kubernetes/api.js'
import { openCluster } from '../kubernetes/cluster.js'
import { fluentdImage } from '../kubernetes/images.js'
import type { Settings } from '../settings.js'
import { createKindCluster } from './cluster.js'

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
      'What forwarders send to the aggregator goes through a container beside the nodes that writes it down.',
    ],
    capabilities: new Set<Capability>(['signal-processes', 'rwo-volumes', 'pod-deletion', 'kubernetes']),
    fluentdImage: (requested) => fluentdImage(requested, settings.images.fluentd),
    provision: (options) => provisionKind(options, settings),
  }
}

async function provisionKind(options: ProvisionOptions, settings: Settings): Promise<Cluster> {
  const { runId, directory, nodes, logPolicy, signal, onProgress = () => undefined } = options
  const cluster = await createKindCluster({
    name: `gapless-${runId.slice(-8)}`,
    runId,
    owner: runId,
    kubeconfigPath: path.join(directory, 'kubeconfig'),
    nodes,
    logPolicy,
    signal,
    onProgress,
    ...(settings.kind.nodeImage !== undefined && { nodeImage: settings.kind.nodeImage }),
  })
  try {
    return await openCluster({
      api: await connect(cluster.kubeconfigPath),
      machines: cluster.machines,
      controlPlane: cluster.controlPlane,
      network: cluster.network,
      runId,
      namespace: `gapless-${runId.slice(-8)}`,
      manifestsDirectory: path.join(directory, '..', 'manifests'),
      settings,
      onProgress,
      signal,
      onDisposed: async (kept) => {
        if (!kept) await cluster.remove()
      },
    })
  } catch (error) {
    await cluster.remove()
    throw error
  }
}
