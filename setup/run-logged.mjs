import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

const graceMs = 3000

/**
 * Runs a program with its output in a file. Resolves with `{ code, signal, tail, log }` however it ended; rejects
 * only where it could not be started or `signal` was aborted. It gets a process group of its own, which is ended
 * as a whole, so that neither npm nor a compiler outlives an interrupted set-up.
 */
export async function runLogged(command, { log, cwd, env, signal, lock } = {}) {
  signal?.throwIfAborted()
  mkdirSync(dirname(log), { recursive: true })
  const output = openSync(log, 'w')
  const child = spawn(command[0], command.slice(1), {
    cwd,
    env: env ?? process.env,
    stdio: ['ignore', output, output],
    detached: true,
  })
  closeSync(output)
  if (child.pid !== undefined) lock?.started(child.pid)
  let killTimer
  const stop = () => {
    killGroup(child.pid, 'SIGTERM')
    killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), graceMs)
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const end = await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy }))
    })
    if (signal?.aborted) {
      // The program itself is gone; what it had started may not be.
      killGroup(child.pid, 'SIGKILL')
      signal.throwIfAborted()
    }
    return { ...end, log, tail: lastLines(log) }
  } finally {
    clearTimeout(killTimer)
    signal?.removeEventListener('abort', stop)
    if (child.pid !== undefined) lock?.ended(child.pid)
  }
}

function killGroup(pid, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

/** The last lines of a log that say something, indented for an error message. */
export function lastLines(path, count = 12) {
  try {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    return lines
      .slice(-count)
      .map((line) => `  ${line.slice(0, 300)}`)
      .join('\n')
  } catch {
    return ''
  }
}
