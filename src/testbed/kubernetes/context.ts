import { GaplessError } from '../../errors.js'
import type { TestbedEvent } from '../contract.js'
import type { KubernetesApi } from './api.js'
import type { Machine } from './machine.js'
import type { PodWatch } from './pod-watch.js'

/** What everything that a run does in its cluster shares. */
export interface KubernetesContext {
  readonly api: KubernetesApi
  /** The run's own. */
  readonly namespace: string
  readonly runId: string
  /** The plan's nodes. */
  readonly machines: readonly Machine[]
  /** Of the run's namespace. */
  readonly watch: PodWatch
  /** Where the manifests are written to, for reading and for applying by hand. */
  readonly manifestsDirectory?: string
  /** Where copies of logs are put that kubelet has removed; absent: nobody asks for them. */
  readonly removedLogsDirectory?: string
  /** Of what pods need and Kubernetes does not give: why they would wait for it in vain. */
  readonly failure?: () => GaplessError | undefined
  readonly onProgress: (text: string) => void
  readonly onEvent: (event: TestbedEvent) => void
  readonly signal: AbortSignal
}

export function machineCalled(kubernetesName: string, { machines }: KubernetesContext): Machine | undefined {
  return machines.find((machine) => machine.kubernetesName === kubernetesName)
}

/** Throws 'usage' for a node that is not there. */
export function machineOf(node: string, { machines }: KubernetesContext): Machine {
  const found = machines.find((machine) => machine.node === node)
  if (found) return found
  const known = machines.map((machine) => machine.node).join(', ')
  throw new GaplessError(`There is no node ${node}; there is ${known}`, { code: 'usage' })
}
