import { expect, test } from 'vitest'
import { whenever } from './whenever.js'

test('a change that comes meanwhile is followed by one more round, however many came, and none twice at a time', async () => {
  const listeners: (() => void)[] = []
  const watch = {
    onChange: (listener: () => void) => {
      listeners.push(listener)
      return () => listeners.splice(0)
    },
  }
  const rounds: (() => void)[] = []
  let atOnce = 0
  const errors: unknown[] = []
  const work = async () => {
    atOnce++
    await new Promise<void>((resolve) => rounds.push(resolve))
    atOnce--
    if (rounds.length === 2) throw new Error('the second')
  }
  const loop = whenever([watch], 3_600_000, work, (error) => errors.push(error))
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  for (let change = 0; change < 3; change++) listeners[0]!()
  expect([rounds.length, atOnce]).toEqual([1, 1])
  rounds[0]!()
  await settle()
  expect([rounds.length, atOnce]).toEqual([2, 1])
  rounds[1]!()
  await settle()
  expect([rounds.length, atOnce, String(errors[0])]).toEqual([2, 0, 'Error: the second'])
  listeners[0]!()
  await settle()
  const over = loop[Symbol.asyncDispose]()
  listeners[0]?.()
  rounds[2]!()
  await over
  expect([rounds.length, listeners.length]).toEqual([3, 0])
})
