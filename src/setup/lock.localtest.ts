import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeLock, type LockHolder } from '../../setup/lock.mjs'
import { startTimeOf } from '../../setup/process-identity.mjs'

const lockModule = join(import.meta.dirname, '..', '..', 'setup', 'lock.mjs')

/** Takes the lock, starts something that would run on, says so, and waits to be killed. */
const holder = `
import { spawn } from 'node:child_process'
import { takeLock } from ${JSON.stringify(lockModule)}
const lock = await takeLock(process.argv[1])
const child = spawn('sleep', ['120'], { detached: true, stdio: 'ignore' })
lock.started(child.pid)
console.log(child.pid)
setInterval(() => {}, 1000)`

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapless-lock-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('only one holds it, the other waits and is told for whom', async () => {
  const first = await takeLock(directory)
  const told: LockHolder[] = []
  let taken = false
  const waiting = takeLock(directory, {
    onWait: (who) => {
      told.push(who)
      first.release()
    },
  }).then((lock) => {
    taken = true
    return lock
  })
  expect(taken).toBe(false)
  const second = await waiting
  // Both are of this process, which is what the claim says.
  expect(told.map(({ pid }) => pid)).toEqual([process.pid])
  second.release()
  expect(readdirSync(directory)).toEqual([])
})

test('of many that come at once exactly one holds it at any time', async () => {
  let holding = 0
  let most = 0
  const one = async () => {
    const lock = await takeLock(directory)
    holding++
    most = Math.max(most, holding)
    await new Promise(setImmediate)
    holding--
    lock.release()
  }
  await Promise.all(Array.from({ length: 5 }, one))
  expect(most).toBe(1)
})

test(
  'that of a killed process is taken over, and what it had started is ended',
  { timeout: 30_000 },
  async () => {
    const args = ['--input-type=module', '--eval', holder, '--', directory]
    const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(process_.stdout, 'data')) as [Buffer]
    const orphan = Number(line.toString())
    process_.kill('SIGKILL')
    await once(process_, 'close')
    expect(startTimeOf(orphan)).toBeDefined()

    const lock = await takeLock(directory)
    lock.release()
    while (startTimeOf(orphan) !== undefined) await new Promise(setImmediate)
    expect(startTimeOf(orphan)).toBeUndefined()
  },
)

test('waiting for it can be given up', async () => {
  const first = await takeLock(directory)
  const abort = new AbortController()
  const waiting = takeLock(directory, {
    signal: abort.signal,
    onWait: () => {
      abort.abort()
    },
  })
  await expect(waiting).rejects.toThrow('aborted')
  expect(readdirSync(directory)).toHaveLength(1)
  first.release()
})
