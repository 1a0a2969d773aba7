import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureFluentd, parseFluentdRequest } from '../setup/fluentd.js'
import { silentProgress } from '../setup/progress.js'
import { inject, said, testFaultContext } from '../testing/fault-context.js'
import { startTestCluster, testPod, type TestCluster } from '../testing/local-cluster.js'
import { canLimitVolumes } from '../testbed/local/mount-namespace.js'
import { type Pod } from '../testbed/contract.js'
import { until } from '../until.js'
import { comesTrue } from './looking.js'
import { type FaultContext } from './fault.js'
import { aggregator } from './vocabulary.js'

/** One real Fluentd that fills its own buffer, to which one thing after the other happens. */
let testbed: TestCluster
let pod: Pod
let context: FaultContext

const config = `
<source>
  @type dummy
  tag a
  rate 50
</source>
<match **>
  @type null
  <buffer>
    @type file
    path "\${ROOT}/var/lib/fluentd/buffer"
    flush_interval 1
    chunk_limit_size 64k
    retry_max_interval 1
    retry_forever true
  </buffer>
</match>
`

beforeAll(async () => {
  const fluentd = await ensureFluentd(
    parseFluentdRequest(undefined),
    silentProgress,
    new AbortController().signal,
  )
  testbed = await startTestCluster()
  pod = await testbed.cluster.createPod(
    testPod('', {
      name: 'fluentd-aggregator-0',
      role: 'aggregator',
      command: [...fluentd.command, '-c', '${ROOT}/fluentd/etc/fluent.conf'],
      env: {
        ...fluentd.env,
        SERVERENGINE_SOCKETMANAGER_SOCK_DIR: testbed.directory,
        TMPDIR: testbed.directory,
      },
      files: { '/fluentd/etc/fluent.conf': config },
      volumes: [
        {
          name: 'state',
          mountPath: '/var/lib/fluentd',
          source: { type: 'persistentVolumeClaim', claimName: 'buffer' },
          ...(canLimitVolumes() && { sizeLimitBytes: 2 * 1024 * 1024 }),
        },
      ],
      restartPolicy: 'Always',
    }),
  )
  context = testFaultContext(testbed.cluster, { podOf: () => pod })
  await fluentdRuns(1)
})
afterAll(() => testbed[Symbol.asyncDispose]())

const fluentdRuns = (times: number) =>
  until(`Fluentd to run ${String(times)} times`, {
    timeoutMs: 30_000,
    poll: async () =>
      (await pod.logs()).split('fluentd worker is now running').length > times ? true : undefined,
  })

const pids = async () => (await pod.status()).processes.map(({ pid }) => pid)

test('a paused Fluentd stands still until it is resumed', async () => {
  const [main, worker] = await pids()
  const paused = await inject(aggregator.pause(), context)
  expect(said(paused.evidence)).toEqual([
    `2 processes (${String(main)}, ${String(worker)}) got SIGSTOP and stand still (state T in the process table)`,
  ])
  const healed = said(await paused.heal?.({}))
  expect(healed[0]).toMatch(/^they stood still for /)
  expect(healed.slice(1)).toEqual(['they got SIGCONT and run again'])

  const disturbed = await inject(aggregator.pause('workers'), context)
  await pod.signal('SIGCONT', 'workers')
  await comesTrue(context, 30_000, async () =>
    (await pod.status()).processes.every(({ stopped }) => !stopped),
  )
  expect(said(await disturbed.heal?.({}))[0]).toMatch(/^NOT SO: they stood still for /)
})

test('a crashed worker is replaced by the supervisor', async () => {
  const [main, worker] = await pids()
  const { evidence } = await inject(aggregator.crashWorker(), context)
  const [mainAfter, workerAfter] = await pids()
  expect(mainAfter).toBe(main)
  expect(said(evidence)).toEqual([
    `the worker, process ${String(worker)}, got SIGKILL and is gone`,
    `Fluentd's supervisor lives on and started a new worker, process ${String(workerAfter)}`,
    'its log says that a worker exited unexpectedly',
  ])
})

test('signals to the supervisor do what Fluentd has them for', async () => {
  const [main, worker] = await pids()
  const name = `Fluentd's supervisor, process ${String(main)}, got`
  expect(said((await inject(aggregator.flush(), context)).evidence)).toEqual([
    `${name} SIGUSR1`,
    "Fluentd's log says that it flushes by force",
  ])
  expect(said((await inject(aggregator.reloadConfig(), context)).evidence)).toEqual([
    `${name} SIGUSR2`,
    "Fluentd's log says that it reloads its configuration",
    'its log says that the reload came to its end, without an error',
    'its processes are the same as before',
  ])
  const restarted = await inject(aggregator.restartWorker(), context)
  const [, workerAfter] = await pids()
  expect(said(restarted.evidence)).toEqual([
    `${name} SIGHUP`,
    `the old worker, process ${String(worker)}, gave way to a new one, process ${String(workerAfter)}`,
  ])
})

test.runIf(canLimitVolumes())('a full volume refuses Fluentd its writes until it is freed', async () => {
  const { evidence, heal } = await inject(aggregator.fillDisk(), context)
  expect(said(evidence)[0]).toMatch(/^[\d,]+ bytes written to its state volume, and 0 bytes free$/)
  await until('Fluentd to be refused', {
    timeoutMs: 30_000,
    poll: async () => ((await pod.logs()).includes('No space left on device') ? true : undefined),
  })
  const healed = said(await heal?.({}))
  expect(healed[0]).toMatch(/^Fluentd's log says "No space left on device" [1-9]\d* times? meanwhile$/)
  expect(healed[1]).toMatch(/^[\d,]+ bytes are free again$/)
})

test('a graceful stop says how it ended, and the volume of a deleted pod follows it to another node', async () => {
  const runs = (await pod.logs()).split('fluentd worker is now running').length - 1
  const stopped = await inject(aggregator.stop(), context)
  expect(said(stopped.evidence)[0]).toMatch(
    /^the container ended with exit code 0 [\d.]+ m?s after it was told to stop \(grace period 30 s\)$/,
  )
  expect(said(stopped.evidence)[1]).toBe("Fluentd's log says that it shut its worker down and finished")
  expect(await pod.status()).toMatchObject({ state: 'waiting', reason: 'Held' })
  expect(said(await stopped.heal?.({}))[0]).toMatch(
    /^the aggregator runs again in a new container, process \d+$/,
  )
  await fluentdRuns(runs + 1)

  const deleted = await inject(aggregator.delete({ gracePeriod: '0s' }), context)
  const [how, volume] = said(deleted.evidence)
  expect(how).toMatch(
    /^the pod on node-1 is gone; its container was ended by SIGKILL [\d.]+ m?s after the deletion/,
  )
  expect(volume).toMatch(
    /^its persistentVolumeClaim is still there: \d+ files? with [\d,]+ bytes and 0 lines$/,
  )
  const [runsThere, found] = said(await deleted.heal?.({ node: 'node-2' }))
  expect(runsThere).toMatch(/^the pod runs on node-2 instead of node-1, process \d+$/)
  expect(found).toMatch(/^its persistentVolumeClaim was found with \d+ files/)
})

test('an emptyDir goes with its pod, and what a container without workers cannot show is said', async () => {
  const bare = await testbed.cluster.createPod(
    testPod('echo buffered > var/lib/fluentd/b; exec sleep 1000', {
      name: 'bare',
      volumes: [{ name: 'state', mountPath: '/var/lib/fluentd', source: { type: 'emptyDir' } }],
    }),
  )
  const around = testFaultContext(testbed.cluster, { podOf: () => bare })
  const state = bare.resolve('/var/lib/fluentd')
  await until('the state', {
    timeoutMs: 30_000,
    poll: () => (existsSync(join(state, 'b')) ? true : undefined),
  })
  await expect(inject(aggregator.fillDisk(), around)).rejects.toThrow('is no file system of its own')
  const stopped = await inject(aggregator.stop({ gracePeriod: '2s' }), around)
  expect(said(stopped.evidence)[1]).toBe(
    "NOT SO: Fluentd's log says nothing of a shutdown: its worker did not run",
  )
  await stopped.heal?.({})
  const deleted = await inject(aggregator.delete({ gracePeriod: '0s' }), around)
  expect(said(deleted.evidence)[1]).toBe('its emptyDir with buffer and positions is gone')
  expect(existsSync(state)).toBe(false)
})
