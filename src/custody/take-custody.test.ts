import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RangeSet } from '../account/range-set.js'
import { lineText } from '../marker/encode.js'
import { perhapsReadLogOf, takeCustody, unreadLogOf } from './custody.js'
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

const inNoOtherPlace = { formerly: [], perhapsRead: {}, skipped: {}, positionsGone: [] }
const nowhere = () => new RangeSet()
const custodyOf = (evidence: EvidenceIndex, beyond: (stream: string) => RangeSet = nowhere) =>
  takeCustody({ plan, evidence, resolve: (file) => path.join(directory, file), beyond })

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
      { station: 'memory buffer of the forwarder on node-1', streams: { s00: [[1, 50]] }, perhaps: true },
      { station: unreadLogOf({ node: 'node-1' }), streams: { s00: [[19, 20]] } },
      { station: 'buffer of the aggregator', streams: { s00: [[5, 6]] } },
    ],
    ...inNoOtherPlace,
    logged: {
      s00: [
        [1, 18],
        [19, 20],
      ],
    },
    read: { s00: [[1, 18]] },
  })
})

test('what only lines can be in that crossed the wire holds no others', async () => {
  const { held } = await takeCustody({
    plan,
    evidence: { logs: [], states: [], memory: [{ station: 'on their way', among: 'crossed' }] },
    resolve: (file) => path.join(directory, file),
    beyond: () => RangeSet.of([[3, 7]]),
  })
  expect(held).toEqual([{ station: 'on their way', streams: { s00: [[3, 7]] }, perhaps: true }])
})

test('what lies on the disk of a node that is off is held there', async () => {
  const record = write('log-off', '2026-01-01T00:00:00Z stdout F ', 1, 9)
  const { held } = await custodyOf({
    logs: [{ node: 'node-1', nodeIsOff: true, file: 'log-off', bytes: 9 * record, readBytes: 6 * record }],
    states: [],
    memory: [],
  })
  expect(held).toEqual([
    {
      station: 'node log on node-1, not read by the forwarder, on the disk of node-1, which is off',
      streams: { s00: [[7, 9]] },
    },
  ])
})

test('a file that an application wrote itself is text as a whole, whatever stands between its spaces', async () => {
  const record = write('own', 'at last the P part of ', 1, 9)
  const { held, logged } = await custodyOf({
    logs: [{ node: 'node-1', file: 'own', bytes: 9 * record, readBytes: 6 * record }],
    states: [],
    memory: [],
  })
  expect(held).toEqual([{ station: unreadLogOf({ node: 'node-1' }), streams: { s00: [[7, 9]] } }])
  expect(RangeSet.of(logged.s00 ?? []).ranges()).toEqual([[1, 9]])
})

test('without position files nothing is known to be read, and nothing in a log is held', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 3)
  expect(
    await custodyOf({
      logs: [{ node: 'node-1', file: 'log', bytes: 3 * record, readBytes: null }],
      states: [],
      memory: [],
    }),
  ).toEqual({ ...inNoOtherPlace, held: [], logged: { s00: [[1, 3]] }, read: null })
})

test('a log that was read to its end holds nothing', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 3)
  const log = { node: 'node-1', file: 'log', bytes: 3 * record, readBytes: 3 * record }
  expect(await custodyOf({ logs: [log], states: [], memory: [] })).toEqual({
    ...inNoOtherPlace,
    held: [],
    logged: { s00: [[1, 3]] },
    read: { s00: [[1, 3]] },
  })
})

const gone = { how: 'was wiped', atMs: 5 }

test('what was removed holds nothing, and tells where lines had been', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 9)
  const bytes = write('chunk', '\x92', 3, 4)
  const custody = await custodyOf({
    logs: [
      {
        node: 'node-1',
        file: 'log',
        bytes: 9 * record,
        readBytes: 6 * record,
        perhapsReadBytes: 8 * record,
        gone,
      },
    ],
    states: [{ station: 'buffer of the forwarder on node-1', file: 'chunk', bytes: 2 * bytes, gone }],
    memory: [],
    positionsGone: [{ node: 'node-1', ...gone }],
  })
  expect(custody).toMatchObject({
    held: [],
    read: { s00: [[1, 6]] },
    perhapsRead: { s00: [[7, 8]] },
    formerly: [
      { of: 'node log', station: 'node log on node-1', gone },
      { of: 'forwarder', station: 'buffer of the forwarder on node-1', gone, streams: { s00: [[3, 4]] } },
    ],
    positionsGone: [{ node: 'node-1', ...gone }],
  })
  const everything = custody.formerly[0]?.streams.s00 ?? []
  expect(RangeSet.of(everything).ranges()).toEqual([[1, 9]])
})

test('what in_tail perhaps read it did read where a later line was seen behind it', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 9)
  const log = {
    node: 'node-1',
    file: 'log',
    bytes: 9 * record,
    readBytes: 2 * record,
    perhapsReadBytes: 8 * record,
  }
  const evidence = { logs: [log], states: [], memory: [] }
  const unread = { station: unreadLogOf({ node: 'node-1' }), streams: { s00: [[9, 9]] } }
  const perhaps = (first: number) => ({
    station: perhapsReadLogOf({ node: 'node-1' }),
    streams: { s00: [[first, 8]] },
  })
  expect((await custodyOf(evidence)).held).toEqual([unread, perhaps(3)])
  const seen = await custodyOf(evidence, () =>
    RangeSet.of([
      [1, 1],
      [5, 5],
      [40, 50],
    ]),
  )
  expect(seen.held).toEqual([unread, perhaps(6)])
  expect(RangeSet.of(seen.read?.s00 ?? []).ranges()).toEqual([[1, 5]])
})

test('what in_tail passed over is neither read nor held', async () => {
  const record = write('log', '2026-01-01T00:00:00Z stdout F ', 1, 9)
  const log = { node: 'node-1', file: 'log', bytes: 9 * record, readBytes: 8 * record }
  const skipped: [number, number][] = [[3 * record, 5 * record]]
  const custody = await custodyOf({ logs: [{ ...log, skipped }], states: [], memory: [] })
  expect(custody).toMatchObject({
    held: [{ station: unreadLogOf({ node: 'node-1' }), streams: { s00: [[9, 9]] } }],
    skipped: { s00: [[4, 5]] },
    read: {
      s00: [
        [1, 3],
        [6, 8],
      ],
    },
  })
})
