import { bindDns } from '../kubernetes/cluster-dns.js'
import { blameInotify } from '../kubernetes/inotify.js'
import { loadImages } from '../kubernetes/load-images.js'
import { clusterReady } from '../kubernetes/ready.js'
import {
  prepareCluster,
  removeCluster,
  type ClusterMaker,
  type KnownCluster,
  type NewCluster,
  type StandingCluster,
} from '../kubernetes/standing-cluster.js'
import { kindConfig } from './config.js'
import { kindControlPlane } from './control-plane.js'
import { paceKubelet } from './kubelet.js'
import { clusterLabel, kindNetwork, openNodes } from './nodes.js'
import { runKind } from './program.js'

/** An image of kind's, e.g. `kindest/node:v1.33.1`; which Kubernetes it is, too. Absent: kind's own. */
export type NodeImage = string | undefined

/** Clusters that kind makes, of nodes from one image. */
export function kindMaker(nodeImage: NodeImage): ClusterMaker {
  return {
    ...naming,
    warmName: 'gapless',
    moreMachines: 1,
    madeOf: { nodeImage: nodeImage ?? null },
    controlPlaneOf: (name) => `${name}-control-plane`,
    create: (options) => createKindCluster(options, nodeImage),
    open: openKindCluster,
  }
}

const naming = {
  clusterLabel,
  removeCommand: (name: string) => `kind delete cluster --name ${name}`,
}

/** Throws like `runKind`, too. */
async function createKindCluster(options: NewCluster, nodeImage: NodeImage): Promise<StandingCluster> {
  const { name, runId, kubeconfigPath, onProgress, timeoutMs = 600_000 } = options
  const directories = await prepareCluster(options, naming)
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
        // What nodes said is looked at before they are removed.
        '--retain',
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
    return cluster
  } catch (error) {
    failure.abort()
    const beside = await Promise.allSettled([loading, binding])
    // If images could not be loaded, say, that is why kind was interrupted.
    const first = beside.find((one) => one.status === 'rejected')
    const why = options.signal.aborted
      ? error
      : await blameInotify(first ? first.reason : error, `${clusterLabel}=${name}`)
    await removeCluster(options)
    throw why
  }
}

async function openKindCluster(options: KnownCluster): Promise<StandingCluster> {
  const { name, kubeconfigPath, nodes } = options
  const { controlPlane, machines } = await openNodes(name, nodes)
  return {
    name,
    kubeconfigPath,
    network: kindNetwork,
    controlPlane: kindControlPlane(controlPlane),
    entry: controlPlane,
    machines,
    paceKubelet,
    remove: () => removeCluster(options),
  }
}
