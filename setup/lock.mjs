import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, startTimeOf } from './process-identity.mjs'

// Another machine's processes (a shared home directory, a container) cannot be looked up, so its claim counts for
// as long as it is renewed.
const renewEveryMs = 20_000
const foreignClaimLastsMs = 120_000
const lookAgainMs = 200

/**
 * Takes the lock `directory`, waiting for whoever has it; `onWait` is told once whom. Several set-ups may run at
 * once, and any may be killed at any moment, so each puts a claim file of its own into the directory and only then
 * looks whether there is another one: of two that come together at least one sees the other and steps back.
 * A claim of a process that is gone is removed, after ending what that process had started (npm, gem).
 */
export async function takeLock(directory, { onWait = () => {}, signal } = {}) {
  mkdirSync(directory, { recursive: true })
  const mine = `${process.pid}-${Math.random().toString(36).slice(2, 10)}.claim`
  const path = join(directory, mine)
  let told = false
  for (;;) {
    signal?.throwIfAborted()
    let holder = otherClaim(directory, mine)
    if (holder === undefined) {
      writeClaim(path, [])
      holder = otherClaim(directory, mine)
      if (holder === undefined) break
      rmSync(path, { force: true })
    }
    if (!told) onWait(holder)
    told = true
    // Not the same pause for everybody, so that two that stepped back together do not meet again for ever.
    await sleep(lookAgainMs * (0.5 + Math.random()), undefined, { signal })
  }
  const renewal = setInterval(() => touch(path), renewEveryMs).unref()
  let children = []
  return {
    /** Told of each child process, so that whoever comes after a killed set-up can end what it left running. */
    started(pid) {
      children = [...children, { pid, startTime: startTimeOf(pid) }]
      writeClaim(path, children)
    },
    ended(pid) {
      children = children.filter((child) => child.pid !== pid)
      writeClaim(path, children)
    },
    release() {
      clearInterval(renewal)
      rmSync(path, { force: true })
    },
  }
}

function writeClaim(path, children) {
  const claim = { host: hostname(), pid: process.pid, startTime: startTimeOf(process.pid), children }
  // Renamed into place, so that nobody reads half a claim; the temporary name is not counted as one.
  writeFileSync(`${path}.new`, JSON.stringify(claim))
  renameSync(`${path}.new`, path)
}

function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // The cache was removed under us; the work that needed it says so better.
  }
}

/** Somebody else's claim that counts, or undefined. Clears away those that do not. */
function otherClaim(directory, mine) {
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.claim') || name === mine) continue
    const path = join(directory, name)
    const claim = readClaim(path)
    if (claim === undefined) continue
    if (claim.host !== hostname()) {
      if (ageMs(path) < foreignClaimLastsMs) return claim
    } else if (isRunning(claim)) {
      return claim
    } else {
      for (const child of claim.children) if (isRunning(child)) killGroup(child.pid)
    }
    rmSync(path, { force: true })
  }
  return undefined
}

function readClaim(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) rmSync(path, { force: true })
    return undefined
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return Infinity
  }
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended in this moment.
  }
}
