import { GaplessError } from '../../errors.js'
import type { TestbedEvent } from '../contract.js'

/** Which node has which volume attached: a ReadWriteOnce volume has one node at a time. */
export interface ClaimLocks {
  /** Throws `usage`, and attaches none of them, where another node has one. */
  attach(node: string, pod: string, claims: readonly string[]): void
  /** Detaches what no other pod of the node uses. */
  detach(node: string, pod: string, claims: readonly string[]): void
}

/** Kept by gapless itself, so that it holds across the supervisors of all nodes. */
export function claimLocks(emit: (event: TestbedEvent) => void): ClaimLocks {
  const attached = new Map<string, { readonly node: string; readonly pods: Set<string> }>()

  function attach(node: string, pod: string, claims: readonly string[]): void {
    for (const claim of claims) {
      const holder = attached.get(claim)
      if (holder !== undefined && holder.node !== node) throw multiAttach(claim, node, pod, holder.node)
    }
    for (const claim of claims) {
      const holder = attached.get(claim)
      if (holder !== undefined) {
        holder.pods.add(pod)
        continue
      }
      attached.set(claim, { node, pods: new Set([pod]) })
      emit({ type: 'volume-attached', atMs: Date.now(), node, claim })
    }
  }

  function detach(node: string, pod: string, claims: readonly string[]): void {
    for (const claim of claims) {
      const holder = attached.get(claim)
      if (holder?.node !== node || !holder.pods.delete(pod) || holder.pods.size > 0) continue
      attached.delete(claim)
      emit({ type: 'volume-detached', atMs: Date.now(), node, claim })
    }
  }

  return { attach, detach }
}

function multiAttach(claim: string, node: string, pod: string, holder: string): GaplessError {
  return new GaplessError(
    `Volume ${claim} cannot be attached to ${node} for pod ${pod}: it is attached to ${holder} (ReadWriteOnce)`,
    { code: 'usage', hint: `Delete the pod that uses it on ${holder} first.` },
  )
}
