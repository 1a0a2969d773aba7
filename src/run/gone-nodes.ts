import { type Plan } from '../scenario/plan.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type Pod } from '../testbed/contract.js'

export interface GoneNodes {
  readonly plan: Pick<Plan, 'knobs'>
  readonly podOf: (target: FluentdTarget) => Pick<Pod, 'spec'>
  /** Nodes that are gone for good, as far as they are by now. */
  readonly gone: ReadonlySet<string>
}

/**
 * Whether a Fluentd runs nowhere any more, and will not: its node is gone for good. A Deployment puts another one
 * elsewhere, while a StatefulSet waits for ever to be told that its pod has ended, as a DaemonSet does.
 */
export function neverBack(target: FluentdTarget, { plan, podOf, gone }: GoneNodes): boolean {
  if (!gone.has(podOf(target).spec.node)) return false
  return target.role === 'forwarder' || plan.knobs['aggregator.stateVolume'] === 'persistentVolumeClaim'
}
