import { expect, test } from 'vitest'
import { type Evidence } from '../store/result.js'
import { describeWaits, runWaitedMs, waitedMs, waitsOf } from './waits.js'

const evidence = (data?: Evidence['data']): Evidence => ({
  what: 'x',
  atMs: 0,
  holds: true,
  ...(data && { data }),
})
const noticed = evidence({
  kubernetesWaits: [{ what: 'node-monitor-grace-period', ms: 16_200, fromMs: 1000 }],
})
const [a, b] = ['a', 'b'].map((pod) =>
  evidence({ kubernetesWaits: [{ what: `tolerationSeconds of ${pod}`, ms: 5000, fromMs: 17_200 }] }),
)

test('a line for a fault names each wait, and counts once what was waited for together', () => {
  if (!a || !b) throw new Error('there are two')
  expect(describeWaits({ evidence: [noticed, a, b] })).toBe(
    'Kubernetes waited 21.2 s: node-monitor-grace-period 16.2 s, tolerationSeconds of a 5.0 s, tolerationSeconds of b 5.0 s',
  )
})

test.each([
  ['apart', [0, 10], [20, 5], 15],
  ['overlapping', [0, 10], [5, 10], 15],
  ['one within the other', [0, 10], [2, 3], 10],
  ['at times unknown', [undefined, 10], [undefined, 5], 15],
])('%s', (_, one, two, sum) => {
  const wait = ([fromMs, ms = 0]: readonly (number | undefined)[]) => ({ what: 'x', ms, fromMs })
  expect(waitedMs([wait(two), wait(one)])).toBe(sum)
})

test('evidence that says nothing of it, or something else, is no wait', () => {
  const none = [evidence(), evidence({ pid: 1 }), evidence({ kubernetesWaits: 'long' })]
  expect(waitsOf({ evidence: none })).toEqual([])
  expect(describeWaits({ evidence: none })).toBeNull()
})

test('faults of a run are added up', () => {
  const fault = { evidence: [noticed] } as unknown as Parameters<typeof runWaitedMs>[0]['faults'][number]
  expect(runWaitedMs({ faults: [fault, fault] })).toBe(16_200)
  expect(runWaitedMs({ faults: [] })).toBeNull()
})
