import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lineText } from '../marker/encode.js'
import { takeCustody, unreadLogOf } from './custody.js'
import { type EvidenceIndex } from './evidence.js'

const runToken = '0123abcd'
const plan = {
  runToken,
  streams: [{ stream: 's00', node: 'node-1', pod: 'app-1', control: false }],
  load: { streams: 1, lines: 50, linesPerSecond: 10, lineBytes: 80, noise: 'none' as const },
}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'gapless custody '))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

function write(file: string, prefix: string, first: number, last: number): number {
  const lines = Array.from({ length: last - first + 1 }, (_, index) =>
    lineText({ run: runToken, stream: 's00', seq: first + index, lineBytes: 80, emittedAtMs: 1000 }),
  )
  const text = lines.map((line) => `${prefix}${line}\n`).join('')
  writeFileSync(path.join(directory, file), text, 'latin1')
  return text.length / lines.length
}

const custodyOf = (evidence: EvidenceIndex) =>
  takeCustody(plan, evidence, (file) => path.join(directory, file))

test('lines of logs are read or still to be read, those of buffers are held where they are', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 20)
  const bytes = write('buffer', '\x92', 5, 7)
  const custody = await custodyOf({
    logs: [{ node: 'node-1', file: 'log', bytes: 20 * record, readBytes: 18 * record }],
    states: [
      { station: 'buffer of the aggregator', file: 'buffer', bytes: 2 * bytes },
      { station: 'secondary of the aggregator', file: 'gone', bytes: 10 },
    ],
    memory: [{ station: 'memory buffer of the forwarder on node-1' }],
  })
  expect(custody).toEqual({
    // A line that is in a file as well as perhaps in memory is at the last of these.
    held: [
      { station: 'memory buffer of the forwarder on node-1', streams: { s00: [[1, 50]] } },
      { station: unreadLogOf('node-1'), streams: { s00: [[19, 20]] } },
      { station: 'buffer of the aggregator', streams: { s00: [[5, 6]] } },
    ],
    logged: { s00: [[1, 20]] },
    read: { s00: [[1, 18]] },
  })
})

test('without position files nothing is known to be read, and nothing in a log is held', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 3)
  expect(
    await custodyOf({
      logs: [{ node: 'node-1', file: 'log', bytes: 3 * record, readBytes: null }],
      states: [],
      memory: [],
    }),
  ).toEqual({ held: [], logged: { s00: [[1, 3]] }, read: null })
})

test('a log that was read to its end holds nothing', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 3)
  const log = { node: 'node-1', file: 'log', bytes: 3 * record, readBytes: 3 * record }
  expect(await custodyOf({ logs: [log], states: [], memory: [] })).toEqual({
    held: [],
    logged: { s00: [[1, 3]] },
    read: { s00: [[1, 3]] },
  })
})
