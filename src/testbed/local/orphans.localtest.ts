import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { entryPoint } from '../../entry-point.js'
import { cleanRun, findMarked, listLeftovers } from '../../processes/clean.js'
import { isAlive, processRef } from '../../processes/identity.js'
import { listRuns } from '../../processes/registry.js'
import { startTestCluster, testPod } from '../../testing/local-cluster.js'
import { until } from '../../until.js'
import type { ProcessRef } from '../contract.js'

/** What becomes of a testbed whose gapless, or whose supervisor, was killed. */

let base = ''
let children: ChildProcess[] = []

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'gapless orphans '))
  process.env.GAPLESS_CACHE = join(base, 'cache')
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children = []
  for (const run of listRuns()) if (!isAlive(run.gapless)) await cleanRun(run.runId)
  rmSync(base, { recursive: true, force: true })
})

interface Gapless {
  readonly ref: ProcessRef
  readonly containers: readonly ProcessRef[]
  readonly directory: string
}

/** A process of its own that provisions a testbed with one container that has a child in another session. */
async function startGapless(runId: string, then = ''): Promise<Gapless> {
  const directory = join(base, 'runs', runId)
  const spec = testPod('setsid sleep 1001 & sleep 1002', { restartPolicy: 'Always' })
  const program = `
    import { localTestbed } from ${JSON.stringify(entryPoint('testbed/local/testbed'))}
    const cluster = await localTestbed.provision({
      runId: ${JSON.stringify(runId)}, directory: ${JSON.stringify(directory)}, nodes: ['node-1'],
      logPolicy: { maxBytes: 1e7, maxFiles: 5 }, signal: new AbortController().signal })
    const pod = await cluster.createPod(${JSON.stringify(spec)})
    let status
    do status = await pod.status(); while (status.processes.filter((ref) => ref.command.startsWith('sleep')).length < 2)
    ${then}
    console.log(JSON.stringify(status.processes))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = await new Promise<readonly string[]>((resolve, reject) => {
    createInterface(child.stdout).once('line', (text) => resolve([text]))
    child.once('exit', (code) => reject(new Error(`gapless ended with ${String(code)}`)))
  })
  const ref = processRef(child.pid ?? 0)
  if (ref === undefined && then === '') throw new Error('gapless is gone')
  return {
    ref: ref ?? { pid: 0, startTime: '', command: '' },
    containers: JSON.parse(line ?? '') as ProcessRef[],
    directory,
  }
}

function untilGone(what: string, refs: readonly ProcessRef[], timeoutMs = 30_000): Promise<true> {
  return until(`${what} to be gone`, { timeoutMs, poll: () => !refs.some(isAlive) || undefined })
}

function registered(runId: string, role: RegExp): readonly ProcessRef[] {
  const run = listRuns().find((candidate) => candidate.runId === runId)
  return (run?.processes ?? []).filter((item) => role.test(item.role)).map((item) => item.process)
}

it('leaves nothing running when gapless is killed, and something to clean', async () => {
  const { ref, containers, directory } = await startGapless('killed')
  const supervisors = registered('killed', /^supervisor/)
  expect(supervisors.filter(isAlive)).toHaveLength(1)
  expect(await listLeftovers()).toEqual([])
  process.kill(ref.pid, 'SIGKILL')
  await untilGone('everything', [...containers, ...supervisors])
  expect(await listLeftovers()).toMatchObject([
    { run: { runId: 'killed' }, processes: [], directories: [directory] },
  ])
  expect(await cleanRun('killed')).toMatchObject({ ended: [], removed: [directory] })
  expect(existsSync(directory)).toBe(false)
  expect(listRuns()).toEqual([])
})

it('ends containers whose supervisor was killed with gapless, and nothing that only has a registered id', async () => {
  const { ref, containers } = await startGapless('orphaned')
  const bystander = spawn('sleep', ['1003'], { stdio: 'ignore' })
  children.push(bystander)
  const [supervisor] = registered('orphaned', /^supervisor/)
  const run = listRuns().find((candidate) => candidate.runId === 'orphaned')
  const reused = { pid: bystander.pid, startTime: '17-00000000', command: 'sleep 1003' }
  appendFileSync(
    run?.file ?? '',
    `${JSON.stringify({ type: 'process', role: 'container x', process: reused })}\n`,
  )
  process.kill(supervisor?.pid ?? 0, 'SIGKILL')
  process.kill(ref.pid, 'SIGKILL')
  await untilGone('gapless and its supervisor', [ref, ...(supervisor ? [supervisor] : [])])
  expect(containers.filter(isAlive)).toEqual(containers)

  const { ended } = await cleanRun('orphaned')
  const ids = (refs: readonly ProcessRef[]) => refs.map((process) => process.pid).sort()
  expect(ids(ended.map((item) => item.process))).toEqual(ids(containers))
  expect(containers.filter(isAlive)).toEqual([])
  expect(bystander.pid && processRef(bystander.pid)?.command).toBe('sleep 1003')
})

it('finds what was started and not yet registered by the run it bears in its environment', async () => {
  const { ref } = await startGapless('unregistered')
  const env = { PATH: process.env.PATH, GAPLESS_RUN_ID: 'unregistered' }
  const stray = spawn('sleep', ['1004'], { stdio: 'ignore', env })
  const other = spawn('sleep', ['1005'], {
    stdio: 'ignore',
    env: { ...env, GAPLESS_RUN_ID: 'unregistered2' },
  })
  children.push(stray, other)
  process.kill(ref.pid, 'SIGKILL')
  await untilGone('gapless', [ref])
  const { ended } = await cleanRun('unregistered')
  expect(ended.find((item) => item.process.pid === stray.pid)?.role).toBe('not registered')
  expect(stray.pid && processRef(stray.pid)).toBeUndefined()
  expect(other.pid && processRef(other.pid)?.command).toBe('sleep 1005')
})

it('lets a detached testbed live on, until it is cleaned', async () => {
  const { containers } = await startGapless('kept', 'await cluster.detach()')
  const supervisors = registered('kept', /^supervisor/)
  await until('gapless to end', { timeoutMs: 30_000, poll: () => children[0]?.exitCode === 0 || undefined })
  const [main] = containers
  process.kill(main?.pid ?? 0, 'SIGKILL')
  // Its supervisor still does its work.
  await until('the container to be restarted', {
    timeoutMs: 30_000,
    poll: () =>
      (registered('kept', /^container/).filter(isAlive).length === 1 && !containers.some(isAlive)) ||
      undefined,
  })
  const [left] = await listLeftovers()
  expect(left?.processes.slice(0, 1)).toEqual([{ role: 'supervisor of node-1', process: supervisors[0] }])
  await cleanRun('kept')
  expect(supervisors.filter(isAlive)).toEqual([])
  expect(findMarked('kept')).toEqual([])
})

it('says that a supervisor is gone, and still ends its containers', async () => {
  const test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod('sleep 1006'))
  const { processes } = await pod.status()
  const [supervisor] = registered(test.runId, /^supervisor of node-1/)
  process.kill(supervisor?.pid ?? 0, 'SIGKILL')
  if (supervisor) await untilGone('the supervisor', [supervisor])
  await expect(pod.status()).rejects.toThrow(/^The supervisor of node-1 ended \(SIGKILL\)$/)
  expect(processes.filter(isAlive)).toEqual(processes)
  await test[Symbol.asyncDispose]()
  expect(processes.filter(isAlive)).toEqual([])
})

it('keeps two testbeds apart, and removes all that it made', async () => {
  const cache = join(base, 'cache')
  const first = await startTestCluster()
  const second = await startTestCluster()
  process.env.GAPLESS_CACHE = cache
  const one = await first.cluster.createPod(testPod('sleep 1007'))
  const two = await second.cluster.createPod(testPod('sleep 1008'))
  const [ones, twos] = [(await one.status()).processes, (await two.status()).processes]
  await first[Symbol.asyncDispose]()
  expect(ones.filter(isAlive)).toEqual([])
  expect(twos.filter(isAlive)).toEqual(twos)
  expect(existsSync(first.directory)).toBe(false)
  await second[Symbol.asyncDispose]()
  expect(twos.filter(isAlive)).toEqual([])
  expect(existsSync(second.directory)).toBe(false)
})

it('refuses a directory that is not empty, names that cannot be and an interrupted start', async () => {
  await expect(startTestCluster({ directory: '/etc' })).rejects.toThrow(
    "The testbed's directory is not empty: /etc",
  )
  await expect(startTestCluster({ nodes: ['Node'] })).rejects.toThrow('"Node" cannot be the name of a node')
  await expect(startTestCluster({ nodes: ['a', 'a'] })).rejects.toThrow('have different names')
  await expect(startTestCluster({ signal: AbortSignal.abort() })).rejects.toThrow('Interrupted')
})
