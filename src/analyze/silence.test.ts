import { expect, test } from 'vitest'
import { longestSilence } from './silence.js'

const sample = (atMs: number, sent: number, delivered: number) => ({ atMs, sent, delivered, duplicated: 0 })
const all = { fromMs: 0, toMs: Infinity }

test('it lasts from the last arrival to the next', () => {
  const samples = [
    sample(1000, 100, 90),
    sample(2000, 200, 190),
    sample(9000, 900, 190),
    sample(10_000, 1000, 400),
    sample(16_000, 1000, 400),
    sample(17_000, 1000, 1000),
  ]
  expect(longestSilence(samples, all)).toEqual({ fromMs: 2000, toMs: 10_000 })
  expect(longestSilence(samples, { fromMs: 9500, toMs: 20_000 })).toEqual({ fromMs: 10_000, toMs: 17_000 })
})

test('where everything has arrived, nobody waits for lines', () => {
  const samples = [sample(0, 10, 10), sample(60_000, 10, 10), sample(61_000, 20, 10), sample(62_000, 20, 20)]
  expect(longestSilence(samples, all)).toBeNull()
})

test('one that does not end lasts to the end', () => {
  expect(longestSilence([sample(0, 10, 5), sample(60_000, 90, 5)], all)).toEqual({ fromMs: 0, toMs: null })
})
