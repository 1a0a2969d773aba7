import type { Machine } from '../kubernetes/machine.js'

/** A cluster that kind made, all nodes Ready. */
export interface KindCluster {
  readonly name: string
  /** A file of its own; the user's kubeconfig is neither read nor written. */
  readonly kubeconfigPath: string
  /** The Docker network that its nodes are on. */
  readonly network: string
  readonly controlPlane: Machine
  /** The workers, in the order of the plan's nodes. */
  readonly machines: readonly Machine[]
  /** The machine of a node by the plan's name of it. Throws 'instrument' where there is none. */
  machine(node: string): Machine
  /** Deletes the cluster and its kubeconfig. Resolves also where it is gone already. */
  remove(): Promise<void>
}
