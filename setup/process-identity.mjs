import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * When a process started, as an opaque text, or undefined when there is none with this id. With the id it names a
 * process that cannot be mistaken for a later one, not even after a restart of the machine.
 */
export function startTimeOf(pid) {
  if (process.platform === 'linux') {
    try {
      // The command name, second and in brackets, may contain anything, so count from the last bracket.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z') return undefined
      return `${fields[19]}-${bootId()}`
    } catch {
      return undefined
    }
  }
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    }).trim()
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}

function bootId() {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
  } catch {
    return 'unknown'
  }
}

/** Whether the process that was recorded as {pid, startTime} still runs. */
export function isRunning(recorded) {
  return recorded.startTime !== undefined && startTimeOf(recorded.pid) === recorded.startTime
}
