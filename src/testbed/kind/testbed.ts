import type { Capability, Testbed } from '../contract.js'
import { fluentdImage } from '../kubernetes/images.js'
import { provisionCluster, type ClusterUse } from '../kubernetes/provision.js'
import { removeWarmCluster } from '../kubernetes/warm.js'
import { kindMaker } from './cluster.js'
import { requireKind } from './program.js'

/** A Kubernetes cluster of its own for each run, its nodes containers of the local Docker. */
export function createKindTestbed(use: ClusterUse): Testbed {
  const { settings } = use
  const maker = kindMaker(settings.kind.nodeImage)
  return {
    name: 'kind',
    description: 'a Kubernetes cluster in containers, made by kind; needs Docker and kind',
    emulated: [
      'Nodes are containers of one machine: they share its kernel, clock and disk, and are as busy as each other.',
      'A disk with a size (knob node.diskSize) is for logs, buffers and volumes alone, and in memory.',
      'Volumes that move with their pods (knob aggregator.storage) are directories of one disk, shared by all nodes.',
      'What forwarders send to the aggregator goes through a container beside the nodes that writes it down.',
    ],
    capabilities: new Set<Capability>([
      'signal-processes',
      'rwo-volumes',
      'rwx-volumes',
      'pod-deletion',
      'replicas',
      'kubernetes',
      'containerd-service',
      'out-of-service-taint',
    ]),
    fluentdImage: (requested) => fluentdImage(requested, settings.images.fluentd),
    async provision(options) {
      await requireKind()
      return provisionCluster(options, maker, use)
    },
    removeWarm: (options) => removeWarmCluster(maker, options),
  }
}
