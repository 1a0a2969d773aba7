import { expect, test } from 'vitest'
import {
  formatCount,
  formatDuration,
  formatInstant,
  formatLines,
  formatOffset,
  formatRanges,
  heldAt,
  loadStartMs,
} from './format.js'

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [999.7, '1.0 s'],
  [2140, '2.1 s'],
  [59_949, '59.9 s'],
  [59_999, '1 min 0 s'],
  [75_000, '1 min 15 s'],
  [3_600_000, '1 h 0 min'],
  [-20, '−20 ms'],
  [Infinity, 'unknown'],
])('a duration of %d ms is %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text)
})

test('counts have thousands separators', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567')
  expect(formatLines(1)).toBe('1 line')
  expect(formatLines(8000)).toBe('8,000 lines')
})

test('points in time are in seconds, or absolute', () => {
  expect(formatOffset(75_004)).toBe('75.00 s')
  expect(formatOffset(-1500)).toBe('−1.50 s')
  expect(formatInstant(Date.UTC(2026, 7, 1, 12, 3, 4, 120))).toBe('2026-08-01 12:03:04.120 UTC')
  expect(formatInstant(1e300)).toBe('1e+300')
})

test('ranges are listed up to a limit', () => {
  expect(formatRanges([[4001, 4120]], 2)).toBe('4,001–4,120')
  expect(formatRanges([[1, 2], [5, 5], [9, 10]], 2)).toBe('1–2, 5 and 1 more range') // prettier-ignore
  expect(formatRanges([[1, 2], [5, 5], [9, 10]], 1)).toBe('1–2 and 2 more ranges') // prettier-ignore
  expect(formatRanges([], 3)).toBe('')
})

test('the load begins after provision, deploy and warm-up', () => {
  const durationsMs = { provision: 100, deploy: 20, 'warm-up': 3, load: 5000, drain: 700 }
  expect(loadStartMs({ startedAtMs: 1000, durationsMs })).toBe(1123)
})

test('lines are held in a station, or somewhere', () => {
  expect(heldAt('node log on node-1')).toBe('in the node log on node-1')
  expect(heldAt('somewhere in the pipeline')).toBe('somewhere in the pipeline')
  expect(heldAt('on their way when the deadline came: 1 request under way')).toMatch(/^on their way when/)
})
