import { writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { startTestCluster, testPod } from '../../testing/local-cluster.js'
import { until } from '../../until.js'

const resolving = `
  ask() { ruby -rsocket -e 'puts Socket.getaddrinfo("target.logging", 80)[0][3] rescue puts "#{$!.class} #{$!.message}"'; }
  mkfifo go; ask; read <> go; ask; sleep 1000
`

it('resolves the name of a pod, in Ruby and on every node, as long as the pod exists', async () => {
  await using test = await startTestCluster()
  const target = await test.cluster.createPod(
    testPod('sleep 1000', { name: 'target', namespace: 'logging', address: '127.9.8.7' }),
  )
  const asking = await test.cluster.createPod(
    testPod(resolving, { name: 'asking', node: 'node-2', resolvesNames: true, role: 'forwarder' }),
  )
  const lines = (count: number) =>
    until(`${String(count)} answers`, {
      timeoutMs: 20_000,
      poll: async () => {
        const found = (await asking.logs()).split('\n').slice(0, -1)
        return found.length >= count ? found : undefined
      },
    })
  expect(await lines(1)).toEqual(['127.9.8.7'])
  await target.delete({ gracePeriodSeconds: 0 })
  await writeFile(`${asking.resolve('/')}/go`, '\n')
  expect(await lines(2)).toEqual(['127.9.8.7', 'SocketError getaddrinfo: Name or service not known'])
})
