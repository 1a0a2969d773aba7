import { expect, test } from 'vitest'
import { isStale } from './node-controller.js'

const node = (lastTransitionTime: string | null) => ({
  kind: 'Node',
  status: {
    conditions: [
      { type: 'MemoryPressure', lastTransitionTime: '2026-01-01T09:00:00Z' },
      { type: 'Ready', lastTransitionTime },
    ],
  },
})
const manager = (startedAt?: string) => ({
  kind: 'Pod',
  status: { containerStatuses: [{ state: startedAt === undefined ? {} : { running: { startedAt } } }] },
})

test.each([
  ['nodes that were ready before it', [node('2026-01-01T00:00:00Z'), manager('2026-01-01T00:01:00Z')], false],
  [
    'a node that changed after it',
    [node('2026-01-01T00:00:00Z'), node('2026-01-01T00:02:00Z'), manager('2026-01-01T00:01:00Z')],
    true,
  ],
  ['a controller manager that does not run', [node('2026-01-01T00:00:00Z'), manager()], true],
  ['a node that never was ready or not', [node(null), manager('2026-01-01T00:01:00Z')], true],
])('%s', (_, objects, stale) => {
  expect(isStale(objects)).toBe(stale)
})
