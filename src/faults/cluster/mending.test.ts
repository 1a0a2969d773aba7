import { expect, test } from 'vitest'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { breaking, mendCluster } from './mending.js'

function bench() {
  const kubernetes = {} as KubernetesAccess
  const done: string[] = []
  const undo = (what: string) => ({
    what,
    undo: () => {
      done.push(what)
      return Promise.resolve()
    },
  })
  const broken = { evidence: [], heal: () => Promise.resolve([]) }
  return { kubernetes, done, undo, broken }
}

test('what nobody mended is taken back at the end, the last first, once', async () => {
  const { kubernetes, done, undo, broken } = bench()
  await breaking(kubernetes, undo('a'), () => Promise.resolve(broken))
  const mended = await breaking(kubernetes, undo('b'), () => Promise.resolve(broken))
  await breaking(kubernetes, undo('c'), () => Promise.resolve(broken))
  await mended.heal?.({})
  expect(await mendCluster({ kubernetes })).toEqual([])
  expect(await mendCluster({ kubernetes })).toEqual([])
  expect(done).toEqual(['c', 'a'])
})

test('half an injection is taken back at once', async () => {
  const { kubernetes, done, undo } = bench()
  const half = breaking(kubernetes, undo('a'), () => Promise.reject(new Error('no further')))
  await expect(half).rejects.toThrow('no further')
  expect(done).toEqual(['a'])
  expect(await mendCluster({ kubernetes })).toEqual([])
  expect(done).toEqual(['a'])
})

test('a heal that fails leaves it to the end', async () => {
  const { kubernetes, done, undo } = bench()
  const heal = () => Promise.reject(new Error('cannot'))
  const injected = await breaking(kubernetes, undo('a'), () => Promise.resolve({ evidence: [], heal }))
  await expect(injected.heal?.({})).rejects.toThrow('cannot')
  await mendCluster({ kubernetes })
  expect(done).toEqual(['a'])
})

test('what cannot be taken back is told, and keeps nothing else from it', async () => {
  const { kubernetes, done, undo, broken } = bench()
  await breaking(kubernetes, undo('a'), () => Promise.resolve(broken))
  const stuck = { what: 'start kubelet on node-1', undo: () => Promise.reject(new Error('no answer')) }
  await breaking(kubernetes, stuck, () => Promise.resolve(broken))
  expect(await mendCluster({ kubernetes })).toEqual(['start kubelet on node-1: no answer'])
  expect(done).toEqual(['a'])
  expect(await mendCluster({})).toEqual([])
})
