import type { Capability, DoctorFinding, Testbed } from '../contract.js'
import { fluentdImage } from '../kubernetes/images.js'
import { provisionCluster, type ClusterUse } from '../kubernetes/provision.js'
import { checkMachine, requireAll } from '../kubernetes/requirements.js'
import { removeWarmCluster } from '../kubernetes/warm.js'
import { k0sMaker } from './cluster.js'
import { fetchK0s } from './image.js'

/** What the testbed `k0s` needs of this machine. */
export const doctorK0s = (): Promise<readonly DoctorFinding[]> => checkMachine()

/** A k0s cluster of its own for each run, its machines containers of the local Docker that run systemd. */
export function createK0sTestbed(use: ClusterUse): Testbed {
  const { settings } = use
  const maker = k0sMaker(settings)
  return {
    name: 'k0s',
    description: 'a k0s cluster on machines in containers; needs Docker',
    emulated: [
      'Nodes are containers of one machine: they share its kernel, clock and disk, and are as busy as each other.',
      'A disk with a size (knob node.diskSize) is for logs, buffers and volumes alone, and in memory.',
      'What forwarders send to the aggregator goes through a container beside the nodes that writes it down.',
      'DNS and the way into the cluster are on a worker of their own, which no fault hits.',
      'Volumes are directories of their node, made beforehand: k0s brings no storage along.',
      'Volumes that move with their pods (knob aggregator.storage) are directories of one disk, shared by all nodes.',
    ],
    capabilities: new Set<Capability>([
      'signal-processes',
      'rwo-volumes',
      'rwx-volumes',
      'pod-deletion',
      'replicas',
      'kubernetes',
      'k0s',
      'out-of-service-taint',
    ]),
    fluentdImage: (requested) => fluentdImage(requested, settings.images.fluentd),
    async provision(options) {
      requireAll('k0s', await doctorK0s())
      await fetchK0s(settings.k0s.version, settings.images.k0s, '--k0s', options)
      for (const version of options.k0sVersions ?? []) {
        const source = version === undefined ? '--upgrade-to' : 'upgradeK0s'
        await fetchK0s(version ?? settings.k0s.upgradeTo, settings.images.k0s, source, options)
      }
      return provisionCluster(options, maker, use)
    },
    removeWarm: (options) => removeWarmCluster(maker, options),
  }
}
