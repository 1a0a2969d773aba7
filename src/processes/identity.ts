import type { ProcessRef } from './process-ref.js'
import { commandOf, descendantsIn, findProcess, listProcesses, type ProcessEntry } from './table.js'

/** Names the process that has this id now; undefined where none runs under it. */
export function processRef(pid: number): ProcessRef | undefined {
  const entry = findProcess(pid)
  return entry === undefined ? undefined : refOf(entry)
}

/** Names a child that was spawned just now, also where it has ended already; undefined where it was reaped. */
export function spawnedRef(pid: number, command: readonly string[]): ProcessRef | undefined {
  const entry = findProcess(pid, { ended: true })
  return entry && { pid, startTime: entry.startTime, command: command.join(' ').slice(0, 300) }
}

export function refOf(entry: ProcessEntry): ProcessRef {
  const { pid, startTime, stopped } = entry
  return { pid, startTime, command: commandOf(pid), ...(stopped && { stopped }) }
}

/** Whether this very process still runs; a later one with its id does not count, nor does a zombie. */
export function isAlive(ref: Pick<ProcessRef, 'pid' | 'startTime'>): boolean {
  return findProcess(ref.pid)?.startTime === ref.startTime
}

/** All that descend from a process by parenthood, nearest first. */
export function descendants(pid: number): readonly ProcessRef[] {
  return descendantsIn(listProcesses(), pid).map(refOf)
}

/**
 * Sends a signal to this very process. False where it no longer runs, also where its id belongs to another by now.
 * Throws where the user may not signal it.
 */
export function signalProcess(ref: Pick<ProcessRef, 'pid' | 'startTime'>, signal: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false
  try {
    return process.kill(ref.pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
