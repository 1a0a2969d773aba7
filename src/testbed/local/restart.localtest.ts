import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive } from '../../processes/identity.js'
import { logDirectory, startTestCluster, testPod } from '../../testing/local-cluster.js'
import { until } from '../../until.js'
import type { Pod } from '../contract.js'

const always = { restartPolicy: 'Always' } as const

function untilState(pod: Pod, state: string, reason?: string) {
  return until(`pod ${pod.spec.name} to be ${state} ${reason ?? ''}`, {
    timeoutMs: 20_000,
    intervalMs: 10,
    poll: async () => {
      const status = await pod.status()
      return status.state === state && status.reason === reason ? status : undefined
    },
  })
}

it('restarts a container that ends at once, then after longer and longer waits', async () => {
  await using test = await startTestCluster({ backoff: { baseMs: 100, maxMs: 250, resetAfterMs: 60_000 } })
  await test.cluster.createPod(testPod('exit 3', always))
  await test.nth('container-started', 5)
  const told = test.events.flatMap((event) => {
    if (event.type === 'container-exited') return [`exited ${String(event.code)}`]
    if (event.type === 'container-waiting') return [`${event.reason} ${String(event.forMs)}`]
    return event.type === 'container-started' ? ['started'] : []
  })
  expect(told.slice(0, 11)).toEqual([
    'started',
    'exited 3',
    'started',
    'exited 3',
    'CrashLoopBackOff 100',
    'started',
    'exited 3',
    'CrashLoopBackOff 200',
    'started',
    'exited 3',
    'CrashLoopBackOff 250',
  ])
})

it('gives a restarted container a new id, log file and root, and keeps the pod and its emptyDir', async () => {
  await using test = await startTestCluster()
  const spec = testPod('sleep 1000', {
    ...always,
    volumes: [{ name: 'scratch', mountPath: '/scratch', source: { type: 'emptyDir' } }],
  })
  const pod = await test.cluster.createPod(spec)
  const first = await pod.status()
  writeFileSync(join(pod.resolve('/scratch'), 'kept'), '')
  writeFileSync(pod.resolve('/gone'), '')
  const directory = logDirectory(test.cluster, spec)
  await pod.signal('SIGKILL', 'all')
  const { containerId } = await test.nth('container-started', 2)
  const second = await pod.status()
  expect(containerId).not.toBe(first.containerId)
  expect(second).toMatchObject({
    state: 'running',
    containerId,
    restartCount: 1,
    lastExit: { signal: 'SIGKILL' },
  })
  expect(logDirectory(test.cluster, spec)).toBe(directory)
  expect(readdirSync(directory).sort()).toEqual(['0.log', '1.log'])
  expect(existsSync(join(pod.resolve('/scratch'), 'kept'))).toBe(true)
  expect(existsSync(pod.resolve('/gone'))).toBe(false)

  const links = join(test.cluster.nodeRoot('node-1'), 'var', 'log', 'containers')
  const linkOf = (id: string | undefined) => join(links, `pod_default_main-${String(id)}.log`)
  expect(readFileSync(linkOf(containerId))).toEqual(readFileSync(join(directory, '1.log')))
  expect(readdirSync(links)).toHaveLength(2)

  // Of dead containers the newest one's log is kept.
  await pod.signal('SIGKILL', 'all')
  expect((await test.nth('log-removed')).file).toBe(join(directory, '0.log'))
  expect(existsSync(linkOf(first.containerId))).toBe(false)
  expect(existsSync(linkOf(containerId))).toBe(true)
})

it('keeps the output of all containers of the pipeline for reading', async () => {
  await using test = await startTestCluster({ backoff: { baseMs: 1, maxMs: 1, resetAfterMs: 60_000 } })
  const pod = await test.cluster.createPod(testPod('echo run; test -e /', { ...always, role: 'forwarder' }))
  await test.nth('container-exited', 4)
  // The last one, too, is to have said its word.
  await pod.holdRestart()
  await untilState(pod, 'waiting', 'Held')
  await pod.delete({ gracePeriodSeconds: 0 })
  const runs = test.events.filter((event) => event.type === 'container-started').length
  expect(await pod.logs()).toBe('run\n'.repeat(runs))
})

it('does not restart a container that is held, until it is started', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod('sleep 1000', always))
  await pod.holdRestart()
  expect((await pod.status()).state).toBe('running')
  const killed = await pod.signal('SIGKILL', 'all')
  expect(await untilState(pod, 'waiting', 'Held')).toMatchObject({ restartCount: 0, processes: [] })
  expect(killed.map(isAlive)).toEqual([false])
  await pod.start()
  const status = await pod.status()
  expect(status).toMatchObject({ state: 'running', restartCount: 1 })
  expect(status.processes).toHaveLength(1)
  // Started means no longer held.
  await pod.signal('SIGKILL', 'main')
  await test.nth('container-started', 3)
})

it('starts a container that waits in back-off at once, and holds one that waits', async () => {
  await using test = await startTestCluster({
    backoff: { baseMs: 600_000, maxMs: 600_000, resetAfterMs: 600_000 },
  })
  const spec = testPod('test "$(cat "$ROOT/scratch/n")" = stay && sleep 1000', {
    ...always,
    env: { ROOT: '${ROOT}' },
    volumes: [{ name: 'scratch', mountPath: '/scratch', source: { type: 'emptyDir' } }],
  })
  const pod = await test.cluster.createPod(spec)
  await untilState(pod, 'waiting', 'CrashLoopBackOff')
  await pod.holdRestart()
  expect((await pod.status()).reason).toBe('Held')
  writeFileSync(join(pod.resolve('/scratch'), 'n'), 'stay')
  await pod.start()
  expect(await pod.status()).toMatchObject({ state: 'running', restartCount: 2 })
})

it('does not restart with policy Never', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod('exit 0'))
  expect(await untilState(pod, 'terminated', 'Completed')).toMatchObject({
    restartCount: 0,
    lastExit: { code: 0, signal: null },
  })
})

it('says which command cannot be started, and leaves no pod', async () => {
  await using test = await startTestCluster()
  await expect(test.cluster.createPod(testPod('', { command: ['no-such-program', 'x'] }))).rejects.toThrow(
    'The container of pod pod cannot be started: spawn no-such-program ENOENT',
  )
  expect(test.cluster.pods()).toEqual([])
  const pod = await test.cluster.createPod(testPod('sleep 1000'))
  expect(test.cluster.pods()).toEqual([pod])
  await expect(test.cluster.createPod(testPod('sleep 1000'))).rejects.toThrow('There is a pod pod already')
})
