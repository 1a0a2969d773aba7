import { expect, test } from 'vitest'
import { goldenResult } from '../testing/goldens.js'
import { describeRecovery } from './recovery.js'

const { faults, drain } = goldenResult('pass-with-duplicates')
const missing = (...streams: string[]) => ({ recovered: false, afterMs: null, missing: streams })

test.each([
  [null, null],
  [
    { recovered: true, afterMs: 5870, missing: [] },
    'fresh lines of every stream were through 5.9 s after the last fault was healed',
  ],
  [missing('a'), 'it never recovered: no fresh line of a got through after the last fault'],
  [
    missing('a', 'b', 'c'),
    'it never recovered: no fresh line of a, b and c got through after the last fault',
  ],
  [
    missing('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    'it never recovered: no fresh line of a, b, c, d, e, f and 2 more streams got through after the last fault',
  ],
])('%o', (recovery, text) => {
  expect(describeRecovery({ recovery, faults, drain })).toBe(text)
})

test('speaks of no fault where none was injected', () => {
  const recovered = { recovered: true, afterMs: 900, missing: [] }
  const never = faults.map((fault) => ({ ...fault, injectedAtMs: null }))
  expect(describeRecovery({ recovery: recovered, faults: never, drain })).toBe(
    'fresh lines of every stream got through at the end',
  )
  expect(describeRecovery({ recovery: missing('a'), faults: [], drain })).toBe(
    'it never recovered: no fresh line of a got through',
  )
})

test('does not say so of a pipeline that still had earlier lines to send', () => {
  const flowing = { drained: false, why: 'still flowing', linesPerSecond: 20 }
  expect(describeRecovery({ recovery: missing('a'), faults, drain: flowing })).toBe(
    'it was still sending earlier lines when the deadline came: no fresh line of a got through after the last fault',
  )
})
