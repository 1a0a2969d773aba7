import { setTimeout as sleep } from 'node:timers/promises'
import { refOf, signalProcess } from '../../../processes/identity.js'
import { containerMark } from '../../../processes/marks.js'
import { hasEnvironment, onLinux, startTicks } from '../../../processes/proc.js'
import { listProcesses, type ProcessEntry } from '../../../processes/table.js'
import type { ProcessRef } from '../../contract.js'

/** A container's processes, found again although any of them may have left its parent, group or session. */
export interface ContainerProcesses {
  /** Those that run now, the first process first, then by age. */
  list(): readonly ProcessRef[]
  /** Remembers who descends from the first process now, in case they cut every other tie later. */
  remember(): void
  /** SIGKILL to all until none runs. Resolves to those that still run after `timeoutMs`. */
  killAll(timeoutMs: number): Promise<readonly ProcessRef[]>
}

/**
 * A pid namespace would hold them together; without one, a process belongs to the container when it descends from
 * one that does, shares the first process's group or session, or bears the container's id in its environment.
 */
export function containerProcesses(main: ProcessRef, containerId: string): ContainerProcesses {
  const remembered = new Map<number, string>()

  function members(): readonly ProcessEntry[] {
    const table = listProcesses()
    const later = table.filter((entry) => notBefore(entry, main))
    const leader = table.find((entry) => entry.pid === main.pid)
    // Once another process has the first one's id, so have its group and session.
    const idIsOurs = leader === undefined || leader.startTime === main.startTime
    const found = new Map<number, ProcessEntry>()
    for (const entry of later) {
      const ours =
        (idIsOurs &&
          (entry.pid === main.pid || entry.groupId === main.pid || entry.sessionId === main.pid)) ||
        remembered.get(entry.pid) === entry.startTime ||
        hasEnvironment(entry.pid, containerMark, containerId)
      if (ours) found.set(entry.pid, entry)
    }
    for (let grown = -1; grown !== found.size;) {
      grown = found.size
      for (const entry of later) if (found.has(entry.parentPid)) found.set(entry.pid, entry)
    }
    return [...found.values()].sort((a, b) => rank(a) - rank(b) || a.pid - b.pid)
  }

  function rank(entry: ProcessEntry): number {
    return entry.pid === main.pid ? -1 : startTicks(entry.startTime)
  }

  async function killAll(timeoutMs: number): Promise<readonly ProcessRef[]> {
    const deadlineMs = performance.now() + timeoutMs
    for (;;) {
      const left = members()
      if (left.length === 0) return []
      if (performance.now() > deadlineMs) return left.map(refOf)
      for (const entry of left) signalProcess(entry, 'SIGKILL')
      await sleep(5)
    }
  }

  return {
    list: () => members().map(refOf),
    remember: () => {
      for (const entry of members()) remembered.set(entry.pid, entry.startTime)
    },
    killAll,
  }
}

/** Whoever was started before the container is not of it; that spares reading most environments. */
function notBefore(entry: ProcessEntry, main: ProcessRef): boolean {
  return !onLinux || startTicks(entry.startTime) >= startTicks(main.startTime)
}
