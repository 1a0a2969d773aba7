import { createFaultContext } from '../run/fault-context.js'
import { type FaultContext, type InjectedFault } from '../faults/fault.js'
import { faultDefinition } from '../faults/registry.js'
import { type Action } from '../scenario/timeline.js'
import { type Plan } from '../scenario/plan.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type Evidence } from '../store/result.js'
import { type Cluster, type Pod, type PodSpec } from '../testbed/contract.js'
import { type Keeper } from '../custody/keeper.js'
import { testRun } from './ends.js'

export interface FaultPods {
  readonly apps?: readonly Pod[]
  readonly podOf?: (target: FluentdTarget) => Pod
  readonly secondAggregator?: () => Promise<PodSpec>
}

/** What faults get in a run, for pods that a test made; there is neither a collector nor monitor_agent. */
export function testFaultContext(cluster: Cluster, pods: FaultPods): FaultContext {
  const absent = () => {
    throw new Error('not in this test')
  }
  return createFaultContext({
    plan: { runToken: testRun, knobs: resolveKnobs('hardened') } as Plan,
    cluster,
    collector: {} as never,
    wire: null,
    endpoints: undefined as never,
    observer: { state: absent, buffer: () => Promise.resolve(null), observe: absent },
    keeper: {
      keepLog: () => Promise.resolve(undefined),
      keepState: () => Promise.resolve(),
      keepVolume: () => Promise.resolve(undefined),
    } as unknown as Keeper,
    deployment: { apps: [], podOf: absent, secondAggregator: absent, ...pods },
    configOf: absent,
    signal: new AbortController().signal,
  })
}

/** Carries out one injection, as a step of a timeline would. */
export async function inject(action: Action, context: FaultContext): Promise<InjectedFault> {
  if (action.type === 'heal') throw new Error('that mends something')
  return faultDefinition(action.spec.fault).inject(action.spec, context)
}

/** What evidence says; what does not hold is marked. */
export function said(evidence: readonly Evidence[] | undefined): string[] {
  return (evidence ?? []).map(({ what, holds }) => (holds ? what : `NOT SO: ${what}`))
}
