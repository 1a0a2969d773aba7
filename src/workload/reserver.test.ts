import { expect, test } from 'vitest'
import { createReserver } from './reserver.js'

function setUp(first: number) {
  const asked: number[] = []
  const errors: unknown[] = []
  let answer: (() => void) | undefined
  let refuse: ((error: Error) => void) | undefined
  const reserver = createReserver({
    first,
    reserve(upTo) {
      asked.push(upTo)
      return new Promise((resolve, reject) => {
        answer = resolve
        refuse = reject
      })
    },
    onAnswer: (error) => error !== undefined && errors.push(error),
  })
  return {
    reserver,
    asked,
    errors,
    answered: async () => {
      answer?.()
      await Promise.resolve()
    },
    refused: async (error: Error) => {
      refuse?.(error)
      await Promise.resolve()
      await Promise.resolve()
    },
  }
}

test('nothing may be written before it is reserved, and one question is asked at a time', async () => {
  const { reserver, asked, answered } = setUp(101)
  expect(reserver.allowed(101, 1_000_000, 500)).toBe(100)
  expect(reserver.allowed(101, 1_000_000, 500)).toBe(100)
  expect(asked).toEqual([201])
  await answered()
  expect(reserver.allowed(101, 1_000_000, 500)).toBe(201)
})

test('asks for more before it runs out', async () => {
  const { reserver, asked, answered } = setUp(1)
  reserver.allowed(1, 1_000_000, 500)
  await answered()
  expect(reserver.allowed(40, 1_000_000, 500)).toBe(101)
  expect(asked).toEqual([101])
  expect(reserver.allowed(60, 1_000_000, 500)).toBe(101)
  expect(asked).toEqual([101, 160])
})

test('asks for nothing beyond what is to be written', async () => {
  const { reserver, asked, answered } = setUp(1)
  reserver.allowed(1, 10, 500)
  await answered()
  expect(reserver.allowed(5, 10, 500)).toBe(10)
  expect(asked).toEqual([10])
})

test('without a rate it asks for twice as much once the writing had to wait, also for an answer under way', async () => {
  const { reserver, asked, answered } = setUp(1)
  const allowed = (next: number) => reserver.allowed(next, 1_000_000, null)
  expect(allowed(1)).toBe(0)
  await answered()
  expect(allowed(40)).toBe(65)
  expect(asked).toEqual([65, 104])
  expect(allowed(66)).toBe(65)
  await answered()
  expect(allowed(80)).toBe(104)
  expect(asked).toEqual([65, 104, 80 + 128])
  await answered()
  expect(allowed(200)).toBe(208)
  expect(asked).toEqual([65, 104, 208, 200 + 128])
})

test('tells of a refusal', async () => {
  const { reserver, errors, refused } = setUp(1)
  reserver.allowed(1, 10, 500)
  const error = new Error('another has the stream')
  await refused(error)
  expect(errors).toEqual([error])
  expect(reserver.allowed(1, 10, 500)).toBe(0)
})
