import type { Machine } from '../kubernetes/machine.js'
import { kubectl } from './kubectl.js'

/**
 * Binds the cluster's DNS to the control plane, which no fault hits: a node that fails is to show what becomes of the
 * pipeline's pods, not of half of all names. Usually it is there anyhow, as workers join later.
 */
export async function bindDns(controlPlane: Machine): Promise<void> {
  const nodeSelector = { 'kubernetes.io/hostname': controlPlane.kubernetesName }
  await controlPlane.exec([
    ...kubectl,
    ...['--namespace', 'kube-system', 'patch', 'deployment', 'coredns'],
    ...['--patch', JSON.stringify({ spec: { template: { spec: { nodeSelector } } } })],
  ])
}
