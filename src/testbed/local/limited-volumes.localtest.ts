import { appendFileSync, existsSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findMarked } from '../../processes/clean.js'
import { startTestCluster, testPod } from '../../testing/local-cluster.js'
import { until } from '../../until.js'
import type { Pod } from '../contract.js'
import { canLimitVolumes } from './mount-namespace.js'

const sizeLimitBytes = 256 * 1024
/** Writes to its volume until it is refused, and says how much it could. */
const filling = 'cat /dev/zero > data/full 2> data.err; stat -c %s data/full; cat data.err; exec sleep 1000'

const untilLogged = (pod: Pod, text: string) =>
  until(`the container to say "${text}"`, {
    timeoutMs: 20_000,
    poll: async () => ((await pod.logs()).includes(text) ? true : undefined),
  })

const withVolume = (name: string, claimName?: string) =>
  testPod(filling, {
    name,
    restartPolicy: 'Always',
    volumes: [
      {
        name: 'data',
        mountPath: '/data',
        source: claimName === undefined ? { type: 'emptyDir' } : { type: 'persistentVolumeClaim', claimName },
        sizeLimitBytes,
      },
    ],
  })

test.runIf(canLimitVolumes())('a volume with a size takes no byte more, whatever the user is', async () => {
  await using cluster = await startTestCluster()
  const pod = await cluster.cluster.createPod(withVolume('claimant', 'small'))
  await untilLogged(pod, 'No space left on device')
  await untilLogged(pod, String(sizeLimitBytes))
  const volume = pod.resolve('/data')
  expect(statfsSync(volume)).toMatchObject({ blocks: sizeLimitBytes / 4096, bavail: 0 })
  expect(() => appendFileSync(join(volume, 'full'), 'x')).toThrow('ENOSPC')
  // Other mounts of this machine are as they were.
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(cluster.directory)
})

test.runIf(canLimitVolumes())(
  'it outlives its container, and a claim its pod, on another node too',
  async () => {
    await using cluster = await startTestCluster()
    const pod = await cluster.cluster.createPod(withVolume('claimant', 'small'))
    await untilLogged(pod, 'No space left on device')
    writeFileSync(join(pod.resolve('/data'), 'full'), 'kept')
    await pod.holdRestart()
    await pod.signal('SIGKILL', 'all')
    expect(readFileSync(join(pod.resolve('/data'), 'full'), 'utf8')).toBe('kept')
    await pod.delete({ gracePeriodSeconds: 0 })
    await pod.recreate({ node: 'node-2' })
    await until('the container to have filled it again', {
      timeoutMs: 20_000,
      poll: () => (statfsSync(pod.resolve('/data')).bavail === 0 ? true : undefined),
    })
    expect(readdirSync(pod.resolve('/data'))).toEqual(['full'])
  },
)

test.runIf(canLimitVolumes())('an emptyDir goes with its pod, and everything with the testbed', async () => {
  const cluster = await startTestCluster()
  const holders = () => findMarked(cluster.runId).filter(({ command }) => command === 'cat')
  await cluster.cluster.createPod(withVolume('claimant', 'small'))
  const pod = await cluster.cluster.createPod(withVolume('tenant'))
  await untilLogged(pod, 'No space left on device')
  expect(holders()).toHaveLength(2)
  const volume = pod.resolve('/data')
  await pod.delete({ gracePeriodSeconds: 0 })
  expect(existsSync(volume)).toBe(false)
  expect(holders()).toHaveLength(1)
  const { kept } = await cluster.nth('pod-deleted')
  expect(readFileSync(join(kept ?? '', 'data', 'full'))).toHaveLength(sizeLimitBytes)
  await cluster[Symbol.asyncDispose]()
  expect(findMarked(cluster.runId)).toEqual([])
})
