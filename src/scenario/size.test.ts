import { expect, test } from 'vitest'
import { countMatches, logText } from './condition.js'
import { describeDuration } from './duration.js'
import { sizeBytes } from './size.js'

test.each([
  ['0', 0],
  ['4096', 4096],
  ['512k', 524_288],
  ['8M', 8_388_608],
  ['1g', 1_073_741_824],
])('%s is %i bytes', (text, bytes) => {
  expect(sizeBytes(text)).toBe(bytes)
})

test.each([
  [999, '999 ms'],
  [1500, '1.5 s'],
  [119_999, '119.999 s'],
  [120_000, '2 min'],
])('%i ms is said as %s', (ms, words) => {
  expect(describeDuration(ms)).toBe(words)
})

test('lines of a log are counted by text as it stands or by pattern', () => {
  const log = 'a.b\naxb a.b\nA.B\n'
  expect(countMatches(log, logText('a.b'))).toBe(2)
  expect(countMatches(log, logText(/a.b/))).toBe(2)
  expect(countMatches(log, logText(/^a.b$/gi))).toBe(2)
})
