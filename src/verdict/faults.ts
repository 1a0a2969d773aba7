import { type RunEvent } from '../store/events.js'
import { type FaultResult } from '../store/result.js'

/** What the events of a run say about its faults, missed ones included. Proven: all evidence holds, and there is some. */
export function faultsOf(events: readonly RunEvent[]): FaultResult[] {
  const faults = new Map<string, FaultResult>()
  for (const event of events) {
    if (event.type === 'fault-injected') {
      const { id, fault, target, description, condition, evidence, atMs, endedAtMs = null } = event
      faults.set(id, {
        id,
        kind: fault,
        target,
        description,
        condition,
        injectedAtMs: atMs,
        healedAtMs: endedAtMs,
        proven: evidence.length > 0 && evidence.every(({ holds }) => holds),
        evidence: [...evidence],
      })
    } else if (event.type === 'fault-repeated') {
      const fault = faults.get(event.id)
      if (fault) faults.set(event.id, { ...fault, repeatedAtMs: [...(fault.repeatedAtMs ?? []), event.atMs] })
    } else if (event.type === 'fault-healed' || event.type === 'fault-lasted') {
      const fault = faults.get(event.id)
      if (!fault) continue
      const evidence = [...fault.evidence, ...event.evidence]
      faults.set(event.id, {
        ...fault,
        healedAtMs: event.type === 'fault-healed' ? event.atMs : null,
        evidence,
        proven: evidence.length > 0 && evidence.every(({ holds }) => holds),
      })
    } else if (event.type === 'step-missed' && event.action === 'inject') {
      faults.set(`missed-${String(faults.size + 1)}`, {
        id: `missed-${String(faults.size + 1)}`,
        kind: event.fault,
        target: event.target,
        description: event.description,
        condition: event.condition,
        injectedAtMs: null,
        healedAtMs: null,
        proven: false,
        evidence: [],
      })
    }
  }
  return [...faults.values()]
}
