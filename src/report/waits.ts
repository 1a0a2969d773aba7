import { z } from 'zod'
import { type FaultResult, type Result } from '../store/result.js'
import { formatDuration } from './format.js'

/** A time in which Kubernetes did nothing because it was set so: its grace periods, tolerations, budgets, clean-ups. */
export interface Wait {
  /** The setting, e.g. "node-monitor-grace-period". */
  readonly what: string
  readonly ms: number
  /** When it began; absent where that is not known. */
  readonly fromMs?: number | undefined
}

const waitsSchema = z.object({
  kubernetesWaits: z.array(
    z.object({ what: z.string(), ms: z.number().min(0), fromMs: z.number().optional() }),
  ),
})

/** What the evidence of a fault says about waiting; [] on a testbed without Kubernetes. */
export function waitsOf({ evidence }: Pick<FaultResult, 'evidence'>): readonly Wait[] {
  return evidence.flatMap(({ data }) => {
    const said = waitsSchema.safeParse(data)
    return said.success ? said.data.kubernetesWaits : []
  })
}

/** Milliseconds in which Kubernetes waited for anything: what it waited for at the same time counts once. */
export function waitedMs(waits: readonly Wait[]): number {
  const known = waits.flatMap(({ fromMs, ms }) =>
    fromMs === undefined ? [] : [{ fromMs, toMs: fromMs + ms }],
  )
  const unknownMs = waits.reduce((sum, { fromMs, ms }) => sum + (fromMs === undefined ? ms : 0), 0)
  let untilMs = -Infinity
  let sumMs = unknownMs
  for (const { fromMs, toMs } of known.toSorted((a, b) => a.fromMs - b.fromMs)) {
    sumMs += Math.max(0, toMs - Math.max(fromMs, untilMs))
    untilMs = Math.max(untilMs, toMs)
  }
  return sumMs
}

/** "Kubernetes waited 16.2 s: node-monitor-grace-period 16.2 s"; null where it did not. */
export function describeWaits(fault: Pick<FaultResult, 'evidence'>): string | null {
  const waits = waitsOf(fault)
  if (waits.length === 0) return null
  const each = waits.map(({ what, ms }) => `${what} ${formatDuration(ms)}`)
  return `Kubernetes waited ${formatDuration(waitedMs(waits))}: ${each.join(', ')}`
}

/** Of all faults of a run together; null where Kubernetes did not wait. */
export function runWaitedMs({ faults }: Pick<Result, 'faults'>): number | null {
  const waits = faults.flatMap(waitsOf)
  return waits.length === 0 ? null : waitedMs(waits)
}
