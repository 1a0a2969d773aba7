import { type CollectorState } from '../collector/protocol.js'
import { type FaultSpec } from '../scenario/timeline.js'
import { type PodTarget, type Target } from '../scenario/target.js'
import { type Evidence } from '../store/result.js'
import { type Capability, type Cluster, type Pod } from '../testbed/contract.js'
import { type CollectorClient } from '../collector/client.js'

/** What a fault may touch and look at. */
export interface FaultContext {
  readonly cluster: Cluster
  readonly collector: CollectorClient
  pod(target: PodTarget): Pod
  /** Distinct lines found in the buffer files of a pod, by scanning their bytes; null where its buffer is not a file. */
  linesInBufferFiles(target: PodTarget): Promise<number | null>
  /** Bytes that Fluentd itself reports in its output buffers (monitor_agent); null where it does not answer. */
  bufferedBytes(target: PodTarget): Promise<number | null>
  state(): Promise<CollectorState>
  nowMs(): number
  readonly signal: AbortSignal
}

/** A fault that took effect: what shows it, and how it is mended. */
export interface InjectedFault {
  readonly evidence: readonly Evidence[]
  heal(): Promise<readonly Evidence[]>
}

/** One file in this directory defines one: inject, prove, heal. */
export interface FaultDefinition {
  readonly fault: string
  readonly needs: readonly Capability[]
  inject(spec: FaultSpec, context: FaultContext): Promise<InjectedFault>
}

export function evidence(
  context: FaultContext,
  what: string,
  holds: boolean,
  data?: Record<string, unknown>,
): Evidence {
  return { what, atMs: context.nowMs(), holds, ...(data && { data }) }
}

export function podTarget(target: Target): PodTarget {
  if (target.role === 'collector') throw new TypeError('the collector is no pod')
  return target
}
