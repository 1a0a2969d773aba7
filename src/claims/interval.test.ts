import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareInterval } from './interval.js'

const counts = fc
  .integer({ min: 1, max: 400 })
  .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)))

describe('shareInterval', () => {
  // As in published tables of the exact interval.
  test.each([
    [0, 1, 0, 0.975],
    [0, 5, 0, 0.5218],
    [2, 20, 0.0123, 0.317],
    [1, 10, 0.0025, 0.445],
    [5, 10, 0.1871, 0.8129],
    [10, 10, 0.6915, 1],
    [50, 1000, 0.0373, 0.0654],
  ])('%i of %i', (hits, trials, low, high) => {
    const [foundLow, foundHigh] = shareInterval(hits, trials)
    expect(foundLow).toBeCloseTo(low, 4)
    expect(foundHigh).toBeCloseTo(high, 4)
  })

  test('none of n leaves what the formula says, all of n the rest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (trials) => {
        const [low, high] = shareInterval(0, trials)
        expect(low).toBe(0)
        expect(high).toBeCloseTo(1 - 0.025 ** (1 / trials), 9)
        expect(shareInterval(trials, trials)[0]).toBeCloseTo(1 - high, 9)
      }),
    )
  })

  test('contains the share that was counted, within 0 and 1', () => {
    fc.assert(
      fc.property(counts, ([hits, trials]) => {
        const [low, high] = shareInterval(hits, trials)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(low).toBeLessThanOrEqual(hits / trials)
        expect(high).toBeGreaterThanOrEqual(hits / trials)
        expect(high).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('narrows with the number of trials, of the same share', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 5 }), ([hits, trials], times) => {
        const [low, high] = shareInterval(hits, trials)
        const [lowOfMore, highOfMore] = shareInterval(hits * times, trials * times)
        expect(highOfMore - lowOfMore).toBeLessThan(high - low)
      }),
    )
  })

  test('is the same from the other side', () => {
    fc.assert(
      fc.property(counts, ([hits, trials]) => {
        const [low, high] = shareInterval(hits, trials)
        const [lowOfOthers, highOfOthers] = shareInterval(trials - hits, trials)
        expect(low).toBeCloseTo(1 - highOfOthers, 9)
        expect(high).toBeCloseTo(1 - lowOfOthers, 9)
      }),
    )
  })
})
