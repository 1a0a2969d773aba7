import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { onLinux, statOf } from './proc.js'

/** A process as the system's table has it. Zombies are not in the table: nothing of them runs any more. */
export interface ProcessEntry {
  readonly pid: number
  readonly parentPid: number
  readonly groupId: number
  /** 0 where the system does not tell. */
  readonly sessionId: number
  /** As in ProcessRef. */
  readonly startTime: string
  readonly stopped: boolean
}

/** Every process that runs now. */
export function listProcesses(): readonly ProcessEntry[] {
  return onLinux ? listFromProc() : listFromPs()
}

/** One process, or undefined where there is none; one that has ended and is not yet reaped only if asked for. */
export function findProcess(
  pid: number,
  options: { readonly ended?: boolean } = {},
): ProcessEntry | undefined {
  return onLinux ? statOf(pid, options) : listFromPs({ pid, ...options })[0]
}

/** The command line, its arguments joined by blanks, at most 300 characters. Empty where it is not to be had. */
export function commandOf(pid: number): string {
  try {
    const text = onLinux
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return text.trim().slice(0, 300)
  } catch {
    return ''
  }
}

/** All that descend from a process by parenthood, nearest first. Whoever was orphaned is no longer among them. */
export function descendantsIn(table: readonly ProcessEntry[], pid: number): readonly ProcessEntry[] {
  const found: ProcessEntry[] = []
  const parents = [pid]
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    for (const entry of table) {
      if (entry.parentPid !== parent || entry.pid === pid) continue
      found.push(entry)
      parents.push(entry.pid)
    }
  }
  return found
}

function listFromProc(): readonly ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((entry) => entry !== undefined)
}

/** `lstart` is five words, to the second: coarser than on Linux, which is why the command is not the last column. */
function listFromPs(
  options: { readonly pid?: number; readonly ended?: boolean } = {},
): readonly ProcessEntry[] {
  const { pid, ended = false } = options
  const columns = ['-o', 'pid=,ppid=,pgid=,state=,lstart=']
  try {
    const text = execFileSync('ps', [...(pid === undefined ? ['-ax'] : ['-p', String(pid)]), ...columns], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
    return text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words.length >= 9 && (ended || !words[3]?.startsWith('Z')))
      .map((words) => ({
        pid: Number(words[0]),
        parentPid: Number(words[1]),
        groupId: Number(words[2]),
        sessionId: 0,
        startTime: words.slice(4).join(' '),
        stopped: words[3]?.startsWith('T') ?? false,
      }))
  } catch {
    return []
  }
}
