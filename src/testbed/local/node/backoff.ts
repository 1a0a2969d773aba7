/** How long a container that ended waits before it is restarted. */
export interface BackoffPolicy {
  /** The second restart's delay; the first is at once. Kubelet: 10 s. */
  readonly baseMs: number
  /** Kubelet: 300 s. */
  readonly maxMs: number
  /** A container that ran this long starts over with no delay. Kubelet: 10 min. */
  readonly resetAfterMs: number
}

export const kubeletBackoff: BackoffPolicy = { baseMs: 10_000, maxMs: 300_000, resetAfterMs: 600_000 }

/** How many restarts the delay has grown over; 0 before the first. */
export type BackoffStep = number

/** The delay before the next restart, and the step to go on from. */
export function nextRestart(
  policy: BackoffPolicy,
  step: BackoffStep,
  ranMs: number,
): { readonly delayMs: number; readonly step: BackoffStep } {
  const from = ranMs > policy.resetAfterMs ? 0 : step
  const delayMs = from === 0 ? 0 : Math.min(policy.baseMs * 2 ** (from - 1), policy.maxMs)
  return { delayMs, step: from + 1 }
}
