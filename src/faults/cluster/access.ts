import { GaplessError } from '../../errors.js'
import { describeTarget, type Target } from '../../scenario/target.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { until } from '../../until.js'
import { type FaultContext } from '../fault.js'

/** How faults of a cluster get at it, and how they wait for it. */

export function accessOf({ cluster }: Pick<FaultContext, 'cluster'>): KubernetesAccess {
  if (cluster.kubernetes) return cluster.kubernetes
  throw new TypeError('this testbed has no Kubernetes')
}

export function machineOf(context: Pick<FaultContext, 'cluster'>, target: Target): Machine {
  if (target.role !== 'node') throw new TypeError(`${describeTarget(target)} is no node`)
  return accessOf(context).machine(target.node)
}

export interface Patience {
  readonly timeoutMs: number
  /** Default 500. */
  readonly intervalMs?: number
  /** Absent where something is being mended, which goes on when the run is aborted. */
  readonly signal?: AbortSignal
}

/**
 * Asks until there is an answer; undefined where there was none in time. An API server or a machine that does not
 * answer is no answer yet: things are broken on purpose around here.
 */
export async function eventually<T>(
  poll: () => Promise<T | undefined>,
  { timeoutMs, intervalMs = 500, signal }: Patience,
): Promise<T | undefined> {
  try {
    return await until('an effect', {
      timeoutMs,
      intervalMs,
      ...(signal && { signal }),
      poll: async () => {
        try {
          return await poll()
        } catch (error) {
          if (error instanceof GaplessError && ['timeout', 'instrument'].includes(error.code))
            return undefined
          throw error
        }
      },
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof GaplessError && error.code === 'timeout') return undefined
    throw error
  }
}

/** Data of evidence: what of the time was Kubernetes waiting, and by which of its settings. */
export function kubernetesWaited(what: string, fromMs: number, untilMs: number) {
  return { kubernetesWaits: [kubernetesWait(what, fromMs, untilMs)] }
}

export function kubernetesWait(what: string, fromMs: number, untilMs: number) {
  return { what, fromMs: Math.round(fromMs), ms: Math.max(0, Math.round(untilMs - fromMs)) }
}

/** A time as the API server writes it, whole seconds. */
export const atMs = (time: string | null | undefined): number => Date.parse(time ?? '')
