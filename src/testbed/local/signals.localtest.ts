import { expect, it } from 'vitest'
import { isAlive } from '../../processes/identity.js'
import { startTestCluster, testPod } from '../../testing/local-cluster.js'
import { until } from '../../until.js'
import type { ContainerStatus, Pod } from '../contract.js'

/** Children that stay, that leave the session, that leave and forget the environment, and one that is orphaned. */
const family = `
  sleep 1001 &
  setsid sleep 1002 &
  env -i setsid sleep 1003 &
  (setsid sleep 1004 &)
  exec ruby -e 'Process.wait(fork { Process.daemon; exec "sleep", "1005" }); sleep'
`
const members = ['sleep 1001', 'sleep 1002', 'sleep 1003', 'sleep 1004', 'sleep 1005']

/** Waits until they and the one who started them are all that there is: nobody is on the way to become one. */
function untilFamily(pod: Pod): Promise<ContainerStatus> {
  return until('all children to run', {
    timeoutMs: 20_000,
    poll: async () => {
      const status = await pod.status()
      const commands = status.processes.map((ref) => ref.command)
      const there = members.every((member) => commands.includes(member))
      return there && commands.length === members.length + 1 ? status : undefined
    },
  })
}

it('kills every other process of a container when its first one dies', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod(family))
  const { processes } = await untilFamily(pod)
  const sent = await pod.signal('SIGKILL', 'main')
  expect(sent).toEqual(processes.slice(0, 1))
  await test.nth('container-exited')
  expect(processes.filter(isAlive)).toEqual([])
})

it('leaves nothing of a container running after SIGKILL to all', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod(family))
  const { processes } = await untilFamily(pod)
  const sent = await pod.signal('SIGKILL', 'all')
  expect(processes.filter(isAlive)).toEqual([])
  expect(sent).toEqual(processes)
})

it('signals the descendants only where workers are meant', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(
    testPod('trap "echo main" TERM; sleep 1001 & sleep 1002 & wait; wait; wait'),
  )
  const { processes } = await until('two workers', {
    timeoutMs: 30_000,
    poll: async () => {
      const status = await pod.status()
      return status.processes.filter((ref) => ref.command.startsWith('sleep')).length === 2
        ? status
        : undefined
    },
  })
  expect(await pod.signal('SIGTERM', 'workers')).toEqual(processes.slice(1))
  expect(await test.nth('container-exited')).toMatchObject({ code: 0, signal: null })
  expect(await pod.logs()).toBe('')
})

it('answers with no process where none runs', async () => {
  await using test = await startTestCluster()
  const pod = await test.cluster.createPod(testPod('exit 0'))
  await test.nth('container-exited')
  expect(await pod.signal('SIGKILL', 'all')).toEqual([])
  expect((await pod.status()).processes).toEqual([])
})
