import { expect, test } from 'vitest'
import { createThinning } from './samples.js'

test('keeps what changed, and the last sample before each change', () => {
  const thin = createThinning()
  const series = [0, 5, 5, 5, 9, 9].map((sent, tick) => ({
    atMs: tick * 100,
    sent,
    delivered: 0,
    duplicated: 0,
  }))
  expect(series.flatMap((sample) => thin(sample).map(({ atMs, sent }) => [atMs, sent]))).toEqual([
    [0, 0],
    [100, 5],
    [300, 5],
    [400, 9],
  ])
})

test('a change of any of the three counts is a change', () => {
  const thin = createThinning()
  const zero = { atMs: 0, sent: 0, delivered: 0, duplicated: 0 }
  thin(zero)
  expect(thin({ ...zero, atMs: 1, delivered: 1 })).toHaveLength(1)
  expect(thin({ ...zero, atMs: 2, delivered: 1, duplicated: 1 })).toHaveLength(1)
  expect(thin({ ...zero, atMs: 3, delivered: 1, duplicated: 1 })).toEqual([])
})
