import { expect, test } from 'vitest'
import { type FluentdTarget } from '../scenario/target.js'
import { type FaultSpec } from '../scenario/timeline.js'
import { inEach, type FaultContext } from './fault.js'

const spec: FaultSpec = {
  fault: 'f',
  target: { role: 'aggregator' },
  description: 'break it',
  parameters: {},
}
const contextOf = (replicas: readonly (number | null)[]) =>
  ({
    fluentds: () => replicas.map((replica): FluentdTarget => ({ role: 'aggregator', replica })),
  }) as unknown as FaultContext

const shown = (what: string) => [{ what, atMs: 0, holds: true }]
const said = (evidence: readonly { readonly what: string }[] | undefined) => evidence?.map(({ what }) => what)

test('a fault of the aggregator is one of every replica, and its evidence says of which', async () => {
  const both = inEach(() =>
    Promise.resolve({ evidence: shown('gone'), heal: () => Promise.resolve(shown('back')) }),
  )
  const injected = await both(spec, contextOf([0, 1]))
  expect(said(injected.evidence)).toEqual(['aggregator 0: gone', 'aggregator 1: gone'])
  expect(said(await injected.heal?.({}))).toEqual(['aggregator 0: back', 'aggregator 1: back'])
  expect(said((await both(spec, contextOf([null]))).evidence)).toEqual(['gone'])
})

test('what is over once it has happened has nothing to mend', async () => {
  const momentary = inEach(() => Promise.resolve({ evidence: shown('gone') }))
  expect(await momentary(spec, contextOf([0, 1]))).not.toHaveProperty('heal')
})

test('what cannot be done to all of them is undone where it was', async () => {
  const mended: unknown[] = []
  const half = inEach((target) =>
    target.role === 'aggregator' && target.replica === 1
      ? Promise.reject(new Error('it has no process'))
      : Promise.resolve({
          evidence: [],
          heal: () => {
            mended.push(target)
            return Promise.resolve([])
          },
        }),
  )
  await expect(half(spec, contextOf([0, 1]))).rejects.toThrow('it has no process')
  expect(mended).toEqual([{ role: 'aggregator', replica: 0 }])
})
