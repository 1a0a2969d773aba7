import { readFileSync, statSync } from 'node:fs'
import type { ProcessEntry } from './table.js'

/** What only Linux's /proc tells. */
export const onLinux = process.platform === 'linux'

let bootId: string | undefined

/** Ticks since boot say nothing after the next boot, so the boot belongs to a start time. */
function currentBootId(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
  return bootId
}

/** A process by /proc/PID/stat; undefined where it is gone or, unless asked for, has ended and waits for its parent. */
export function statOf(pid: number, options: { readonly ended?: boolean } = {}): ProcessEntry | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The second field is the program's name in parentheses and may hold anything, parentheses too.
  const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ended = state === 'Z' || state === 'X' || state === 'x'
  if (ended && !options.ended) return undefined
  return {
    pid,
    parentPid: Number(parent),
    groupId: Number(group),
    sessionId: Number(session),
    startTime: `${rest[15] ?? ''}-${currentBootId()}`,
    stopped: state === 'T' || state === 't',
  }
}

/** Clock ticks since boot of a start time as `statOf` gives it. */
export function startTicks(startTime: string): number {
  return Number.parseInt(startTime, 10)
}

/**
 * Whether a process was started with this variable, at exactly this value if one is given. Children inherit it, so it finds those
 * that left their parent, group and session. False for other users' processes and where there is no /proc.
 */
export function hasEnvironment(pid: number, name: string, value?: string): boolean {
  if (!onLinux) return false
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
    return `\0${environment}`.includes(value === undefined ? `\0${name}=` : `\0${name}=${value}\0`)
  } catch {
    return false
  }
}

/** Whether a process runs as the user that gapless runs as. */
export function isOwn(pid: number): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === process.getuid?.()
  } catch {
    return false
  }
}
