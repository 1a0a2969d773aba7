import { askKubectl, type ControlPlane } from './control-plane.js'
import type { Machine } from './machine.js'

/**
 * Binds the cluster's DNS to a node that no fault hits: a node that fails is to show what becomes of the pipeline's pods,
 * not of half of all names.
 */
export async function bindDns(controlPlane: ControlPlane, { kubernetesName }: Machine): Promise<void> {
  const nodeSelector = { 'kubernetes.io/hostname': kubernetesName }
  await askKubectl(
    controlPlane,
    ...['--namespace', 'kube-system', 'patch', 'deployment', 'coredns'],
    ...['--patch', JSON.stringify({ spec: { template: { spec: { nodeSelector } } } })],
  )
}
