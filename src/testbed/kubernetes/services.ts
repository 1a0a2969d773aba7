import type { V1Service } from '@kubernetes/client-node'
import { labelKeys, runLabel, selectorOf } from './labels.js'
import type { Manifest, Plain } from './objects.js'

interface ServiceSettings {
  readonly name: string
  readonly namespace: string
  readonly runId: string
  readonly port: number
}

const metadataOf = ({ name, namespace, runId }: ServiceSettings) => ({
  name,
  namespace,
  labels: { [labelKeys.run]: runLabel(runId) },
})

/** Resolves to the addresses of the workload's ready pods, and governs a StatefulSet of the same name. */
export function headlessService(workload: string, settings: Omit<ServiceSettings, 'name'>): Manifest {
  const { runId, port } = settings
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf({ ...settings, name: workload }),
    spec: {
      clusterIP: 'None',
      selector: { ...selectorOf(workload, runId) },
      ports: [{ name: 'forward', port, targetPort: port, protocol: 'TCP' }],
    },
  } satisfies Plain<V1Service>
}

/** Leads from the address of every node, at a port that Kubernetes chooses, to the workload's ready pods. */
export function nodePortService(workload: string, settings: ServiceSettings): Manifest {
  const { runId, port } = settings
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(settings),
    spec: {
      type: 'NodePort',
      selector: { ...selectorOf(workload, runId) },
      ports: [{ name: 'forward', port, targetPort: port, protocol: 'TCP' }],
    },
  } satisfies Plain<V1Service>
}

/** A name in the cluster for something outside of it: a Service without a selector, and its Endpoints by hand. */
export function externalService(
  settings: ServiceSettings & { readonly to: { readonly address: string; readonly port: number } },
): readonly Manifest[] {
  const { port, to } = settings
  const metadata = metadataOf(settings)
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ name: 'forward', port, targetPort: to.port, protocol: 'TCP' }] },
    } satisfies Plain<V1Service>,
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: [
        { addresses: [{ ip: to.address }], ports: [{ name: 'forward', port: to.port, protocol: 'TCP' }] },
      ],
    },
  ]
}
