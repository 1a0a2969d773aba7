import { type Capability } from '../testbed/contract.js'

/** What a testbed that lacks a capability cannot do. */
const known: Readonly<Record<Capability, string>> = {
  'signal-processes': 'signal single processes of a container',
  'hold-restart': 'keep a container from being restarted',
  'node-files': "change a node's files from this machine",
  'rwo-volumes': 'attach volumes to one node at a time',
  'rwx-volumes': 'let several nodes mount one volume',
  'pod-deletion': 'delete a pod and create it again on a node that is named',
  'rotate-logs': "rotate a container's log on demand",
  'limited-volumes': 'give a volume a size that the kernel enforces',
  'shared-volumes': 'give a volume to two pods of a node',
  replicas: 'put several aggregators behind one Service',
  kubernetes: 'do what needs an API server, kubelets and nodes that are machines',
  k0s: 'restart, kill or upgrade k0s',
  'containerd-service': 'stop containerd and not kubelet',
  'out-of-service-taint':
    'detach the volumes of a node that is declared out of service, which Kubernetes does from 1.26 on',
}

/** Every capability that there is, for checking what a scenario asks for. */
export const capabilities = Object.keys(known) as [Capability, ...Capability[]]

/** "it cannot rotate a container's log on demand (rotate-logs)" */
export function describeLacking(lacking: readonly Capability[]): string {
  return `it cannot ${lacking.map((capability) => `${known[capability]} (${capability})`).join(', nor ')}`
}
