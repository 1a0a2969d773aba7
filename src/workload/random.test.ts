import { expect, test } from 'vitest'
import { drawInt, randomOfLine } from './random.js'

test('a line has the same numbers every time, and other ones than its neighbour or another seed', () => {
  const draw = (seed: number, seq: number) => Array.from({ length: 3 }, randomOfLine(seed, seq))
  expect(draw(1, 7)).toEqual(draw(1, 7))
  expect(draw(1, 7)).not.toEqual(draw(1, 8))
  expect(draw(1, 7)).not.toEqual(draw(2, 7))
})

test('first draws of neighbouring lines are spread evenly', () => {
  const buckets = new Array<number>(10).fill(0)
  for (let seq = 1; seq <= 10_000; seq += 1) {
    const bucket = drawInt(randomOfLine(42, seq), 0, 9)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  expect(Math.min(...buckets)).toBeGreaterThan(900)
  expect(Math.max(...buckets)).toBeLessThan(1_100)
})

test('whole numbers include both ends', () => {
  expect(drawInt(() => 0, 3, 5)).toBe(3)
  expect(drawInt(() => 1 - 2 ** -32, 3, 5)).toBe(5)
})
