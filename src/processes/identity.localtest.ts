import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { until } from '../until.js'
import { descendants, isAlive, processRef, signalProcess } from './identity.js'

/** A child that has written its first line, killed at the end of the test. */
async function start(
  command: string,
  ...words: readonly string[]
): Promise<Disposable & { pid: number; line: string; child: ChildProcess }> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { pid: child.pid ?? 0, line, child, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

it('names the descendants of a process, nearest first', async () => {
  using family = await start('bash', '-c', 'bash -c "sleep 1001 & echo up; wait; true"; true')
  const commands = () => descendants(family.pid).map((ref) => ref.command)
  await until('the grandchild to run', {
    timeoutMs: 30_000,
    poll: () => (commands()[1] === 'sleep 1001' ? true : undefined),
  })
  expect(commands()).toEqual(['bash -c sleep 1001 & echo up; wait; true', 'sleep 1001'])
  for (const ref of descendants(family.pid)) signalProcess(ref, 'SIGKILL')
})

it('does not take a process for alive that has ended and was not reaped', async () => {
  using parent = await start('ruby', '-e', '$stdout.sync = true; puts fork { exit }; sleep')
  const zombie = Number(parent.line)
  await until('the child to end', {
    timeoutMs: 30_000,
    poll: () => (processRef(zombie) === undefined ? true : undefined),
  })
  expect(process.kill(zombie, 0)).toBe(true)
})

it('does not take a process for alive that was killed', async () => {
  using one = await start('bash', '-c', 'echo up; exec sleep 1001')
  const ref = processRef(one.pid)
  if (ref === undefined) throw new Error('not there')
  expect(isAlive(ref)).toBe(true)
  expect(signalProcess(ref, 'SIGKILL')).toBe(true)
  await once(one.child, 'exit')
  expect(isAlive(ref)).toBe(false)
  expect(signalProcess(ref, 'SIGKILL')).toBe(false)
})
