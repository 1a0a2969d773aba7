import { expect, test } from 'vitest'
import { createPace } from './pace.js'

test('n lines are due n times the interval after the start, whenever one looks', () => {
  const pace = createPace({ startedAtMs: 1_000, first: 11, upTo: 1_000_000, linesPerSecond: 500 })
  expect([1_000, 1_001, 1_002, 1_010, 2_000, 61_000].map(pace.dueUpTo)).toEqual([10, 10, 11, 15, 510, 30_010])
})

test('slower than a tick, and never beyond the end', () => {
  const pace = createPace({ startedAtMs: 0, first: 1, upTo: 3, linesPerSecond: 0.5 })
  expect([0, 1_999, 2_000, 6_000, 60_000].map(pace.dueUpTo)).toEqual([0, 0, 1, 3, 3])
})

test('without a rate everything is due', () => {
  const pace = createPace({ startedAtMs: 0, first: 1, upTo: 1_000_000, linesPerSecond: null })
  expect(pace.dueUpTo(0)).toBe(1_000_000)
})
