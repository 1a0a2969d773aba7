import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive } from '../../processes/identity.js'
import { startTestCluster, testPod, type TestCluster } from '../../testing/local-cluster.js'
import { until } from '../../until.js'
import { claimPath } from './layout.js'
import type { Pod, PodSpec } from '../contract.js'

/** Its output outlives the pod, as that of a part of the pipeline. */
async function create(test: TestCluster, script: string, change: Partial<PodSpec> = {}): Promise<Pod> {
  const pod = await test.cluster.createPod(
    testPod(`${script}; echo ready; while :; do sleep 0.05; done`, { role: 'forwarder', ...change }),
  )
  await until('the container to be ready', {
    timeoutMs: 30_000,
    intervalMs: 10,
    poll: async () => (await pod.logs()).includes('ready\n') || undefined,
  })
  return pod
}

it('gives a container its grace period, and removes the pod when it has ended', async () => {
  await using test = await startTestCluster()
  const pod = await create(test, 'trap "echo bye; exit 7" TERM')
  await pod.delete()
  expect(await test.nth('container-exited')).toMatchObject({ code: 7, signal: null })
  expect(await pod.logs()).toBe('ready\nbye\n')
  expect(await pod.status()).toMatchObject({ state: 'terminated', reason: 'Deleted', lastExit: { code: 7 } })
  expect(test.cluster.pods()).toEqual([])
  await expect(pod.signal('SIGTERM', 'main')).rejects.toThrow('Pod pod has been deleted')
})

it('kills what outlives its grace period', async () => {
  await using test = await startTestCluster()
  const pod = await create(test, 'trap "echo no" TERM', { terminationGracePeriodSeconds: 2 })
  const { processes } = await pod.status()
  await pod.delete()
  expect(await test.nth('container-exited')).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect(await pod.logs()).toBe('ready\nno\n')
  expect(processes.filter(isAlive)).toEqual([])
})

it('kills at once with a grace period of 0', async () => {
  await using test = await startTestCluster()
  const pod = await create(test, 'trap "echo no" TERM', { preStop: { sleepSeconds: 1000 } })
  await pod.delete({ gracePeriodSeconds: 0 })
  expect(await test.nth('container-exited')).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect(await pod.logs()).toBe('ready\n')
})

it('runs preStop in the container before SIGTERM', async () => {
  await using test = await startTestCluster()
  const pod = await create(test, 'cd "$ROOT"; trap "cat said; exit" TERM', {
    env: { ROOT: '${ROOT}', WORD: 'hello' },
    preStop: { exec: ['bash', '-c', 'echo "$WORD from $PWD" > "${ROOT}/said"'] },
  })
  const root = pod.resolve('/')
  await pod.delete()
  expect(await pod.logs()).toBe(`ready\nhello from ${root.replace(/\/$/, '')}\n`)
  const [terminating, exited] = ['pod-terminating', 'container-exited'].map((type) =>
    test.events.findIndex((event) => event.type === type),
  )
  expect(terminating).toBeGreaterThanOrEqual(0)
  expect(terminating).toBeLessThan(exited ?? -1)
})

it('counts preStop against the grace period, and ends it with the container', async () => {
  await using test = await startTestCluster()
  const pod = await create(test, 'trap "echo term; exit" TERM', {
    env: { ROOT: '${ROOT}' },
    volumes: [{ name: 'v', mountPath: '/v', source: { type: 'hostPath', path: '/v' } }],
    preStop: { exec: ['bash', '-c', 'echo $$ > "${ROOT}/v/pid"; sleep 1000'] },
  })
  const deleted = pod.delete({ gracePeriodSeconds: 3 })
  const pidFile = join(test.cluster.nodeRoot('node-1'), 'v', 'pid')
  await deleted
  expect(await pod.logs()).toBe('ready\nterm\n')
  expect(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0)).toThrow('ESRCH')
})

it('removes logs, links and emptyDirs with a pod, and keeps host paths', async () => {
  await using test = await startTestCluster()
  const pod = await create(test, ':', {
    volumes: [
      { name: 'scratch', mountPath: '/scratch', source: { type: 'emptyDir' } },
      { name: 'state', mountPath: '/state', source: { type: 'hostPath', path: '/var/lib/state' } },
    ],
  })
  const root = test.cluster.nodeRoot('node-1')
  const [scratch, state] = [pod.resolve('/scratch'), pod.resolve('/state/a')]
  expect(state).toBe(join(root, 'var/lib/state/a'))
  writeFileSync(join(scratch, 'a'), '')
  writeFileSync(state, 'kept')
  await test.cluster.rotateLogs(pod)
  await pod.delete()
  expect(existsSync(scratch)).toBe(false)
  expect(readFileSync(state, 'utf8')).toBe('kept')
  expect(readdirSync(join(root, 'var/log/pods'))).toEqual([])
  expect(readdirSync(join(root, 'var/log/containers'))).toEqual([])
  expect(readdirSync(join(root, 'run/containers'))).toEqual([])
  expect(test.events.slice(-3).map((event) => event.type)).toEqual([
    'log-removed',
    'log-removed',
    'pod-deleted',
  ])

  await pod.recreate()
  expect(pod.resolve('/scratch')).not.toBe(scratch)
  expect(readdirSync(pod.resolve('/scratch'))).toEqual([])
  expect(readFileSync(state, 'utf8')).toBe('kept')
})

it('attaches a claim to one node at a time, and moves it with the pod', async () => {
  await using test = await startTestCluster()
  const volumes = [
    { name: 'buffer', mountPath: '/buffer', source: { type: 'persistentVolumeClaim', claimName: 'buffer' } },
  ] as const
  const pod = await create(test, ':', { volumes })
  writeFileSync(join(pod.resolve('/buffer'), 'chunk'), 'data')
  const other = testPod('sleep 1000', { name: 'other', node: 'node-2', volumes })
  await expect(test.cluster.createPod(other)).rejects.toThrow(
    'Volume buffer cannot be attached to node-2 for pod other: it is attached to node-1 (ReadWriteOnce)',
  )
  await pod.delete()
  await pod.recreate({ node: 'node-2' })
  expect(pod.spec.node).toBe('node-2')
  expect(readFileSync(join(pod.resolve('/buffer'), 'chunk'), 'utf8')).toBe('data')
  expect(readFileSync(join(claimPath(test.directory, 'buffer'), 'chunk'), 'utf8')).toBe('data')
  await pod.delete()
  await pod.recreate({ newVolumes: true })
  expect(readdirSync(pod.resolve('/buffer'))).toEqual([])
  expect(readFileSync(join(claimPath(test.directory, 'buffer'), 'chunk'), 'utf8')).toBe('data')
  const volumeEvents = test.events.flatMap((event) =>
    'claim' in event ? [`${event.claim} ${event.type} ${event.node}`] : [],
  )
  expect(volumeEvents).toEqual([
    'buffer volume-attached node-1',
    'buffer volume-detached node-1',
    'buffer volume-attached node-2',
    'buffer volume-detached node-2',
    'buffer-3 volume-attached node-2',
  ])
})

it('gives a container its files, its root and no other environment than it was given', async () => {
  await using test = await startTestCluster()
  process.env.GAPLESS_TEST_SECRET = 'x'
  const pod = await create(
    test,
    'env | cut -d= -f1 | sort | grep -v -e ^_$ -e SHLVL -e PWD; cat "$CONF"; pwd',
    {
      env: { CONF: '${ROOT}/etc/x.conf' },
      files: { '/etc/x.conf': 'path ${ROOT}/log\n' },
    },
  )
  const root = pod.resolve('/').replace(/\/$/, '')
  expect(await pod.logs()).toBe(
    [
      'CONF',
      'GAPLESS_CONTAINER',
      'GAPLESS_POD',
      'GAPLESS_RUN_ID',
      'HOME',
      'LANG',
      'PATH',
      `path ${root}/log`,
      root,
      'ready',
      '',
    ].join('\n'),
  )
})
