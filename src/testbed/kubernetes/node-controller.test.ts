import { expect, test } from 'vitest'
import { isStale } from './node-controller.js'

const node = (lastTransitionTime: string | null) => ({
  status: {
    conditions: [
      { type: 'MemoryPressure', lastTransitionTime: '2026-01-01T09:00:00Z' },
      { type: 'Ready', lastTransitionTime },
    ],
  },
})
const startedAtMs = Date.parse('2026-01-01T00:01:00Z')

test.each([
  ['nodes that were ready before it', startedAtMs, [node('2026-01-01T00:00:00Z')], false],
  [
    'a node that changed after it',
    startedAtMs,
    [node('2026-01-01T00:00:00Z'), node('2026-01-01T00:02:00Z')],
    true,
  ],
  ['a controller manager that does not run', undefined, [node('2026-01-01T00:00:00Z')], true],
  ['a node that never was ready or not', startedAtMs, [node(null)], true],
])('%s', (_, started, nodes, stale) => {
  expect(isStale(started, nodes)).toBe(stale)
})
