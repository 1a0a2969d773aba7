import { expect, test } from 'vitest'
import { parseRecords, type StorageRecord } from './records.js'

test('what a crash cut short, and what nobody knows, is left out', () => {
  const started: StorageRecord = { type: 'plugin-started', atMs: 1, node: 'a', pid: 7 }
  const attached: StorageRecord = { type: 'attached', atMs: 2, volume: 'pvc-1', node: 'a', uid: 'u' }
  const lines = [JSON.stringify(started), '', '{"type":"later"}', JSON.stringify(attached), '{"type":"attac']
  expect(parseRecords(lines.join('\n'))).toEqual([started, attached])
})
