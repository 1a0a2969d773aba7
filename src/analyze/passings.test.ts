import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { RangeSet } from '../account/range-set.js'
import { type Passings } from '../verdict/explain-copies.js'
import { type RunDirectory, runDirectory } from '../store/run-directory.js'
import { readPassings } from './passings.js'

const run = (stream: string, first: number, last: number) => [stream, first, last, 1, 2]
const on = { node: 'node-1', connection: 1 }
const message = (atMs: number, chunk: string | null, ...runs: readonly unknown[]) => ({
  type: 'message',
  atMs,
  ...on,
  mode: 'packed-forward',
  tag: 'x',
  chunk,
  bytes: 1,
  compressed: null,
  runs,
})
const arrival = (atMs: number, request: number, ...runs: readonly unknown[]) => ({
  atMs,
  request,
  path: '/from/aggregator',
  raw: null,
  runs,
})

async function copiesOf(
  wire: readonly unknown[] | null,
  arrivals: readonly unknown[],
  duplicated: Readonly<Record<string, RangeSet>>,
  lost = new RangeSet(),
): Promise<ReadonlyMap<string, Passings>> {
  const directory = mkdtempSync(path.join(tmpdir(), 'gapless copies '))
  try {
    const store: RunDirectory = runDirectory(directory)
    for (const folder of ['wire', 'collector']) mkdirSync(path.join(directory, folder))
    const text = (entries: readonly unknown[]) =>
      entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    if (wire) writeFileSync(store.file('wire', 'wire.ndjson'), text(wire))
    writeFileSync(store.file('collector', 'arrivals.ndjson'), text(arrivals))
    return await readPassings(
      store,
      Object.entries(duplicated).map(([stream, lines]) => ({ stream, lost, duplicated: lines })),
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('finds when lines that came twice crossed the wire, in which chunks, and when they arrived', async () => {
  const copies = await copiesOf(
    [
      message(10, 'aa', run('s00', 1, 20), run('s01', 1, 5)),
      { type: 'ack', atMs: 12, ...on, chunk: 'aa', dropped: true },
      {
        type: 'cut-off',
        atMs: 15,
        ...on,
        takenBytes: 2,
        handedBytes: 2,
        crossed: [run('s00', 4, 6)],
        runs: [],
      },
      message(20, 'bb', run('s00', 6, 8)),
      { type: 'ack', atMs: 22, ...on, chunk: 'bb', dropped: false },
      message(30, 'cc', run('s01', 6, 9)),
      { type: 'ack', atMs: 32, ...on, chunk: 'cc', dropped: false },
    ],
    [arrival(40, 1, run('s00', 1, 10)), arrival(50, 2, run('s00', 6, 20), run('s01', 1, 5))],
    { s00: RangeSet.of([[5, 7]]), s01: new RangeSet() },
  )
  expect([...copies.keys()]).toEqual(['s00'])
  expect(copies.get('s00')).toEqual({
    crossings: [
      { atMs: 10, first: 5, last: 7, chunk: 'aa' },
      { atMs: 15, first: 5, last: 6, chunk: null },
      { atMs: 20, first: 6, last: 7, chunk: 'bb' },
    ],
    acks: [
      { chunk: 'aa', atMs: 12, dropped: true },
      { chunk: 'bb', atMs: 22, dropped: false },
    ],
    deliveries: [
      { atMs: 40, first: 5, last: 7, request: 1 },
      { atMs: 50, first: 6, last: 7, request: 2 },
    ],
  })
})

test('without a tap only arrivals are known', async () => {
  const arrivals = [arrival(40, 1, run('s00', 1, 3)), arrival(50, 2, run('s00', 3, 3))]
  const copies = await copiesOf(null, arrivals, { s00: RangeSet.of([[3, 3]]) })
  expect(copies.get('s00')).toEqual({
    crossings: [],
    acks: [],
    deliveries: [
      { atMs: 40, first: 3, last: 3, request: 1 },
      { atMs: 50, first: 3, last: 3, request: 2 },
    ],
  })
})

test('of lines that never came it finds when they crossed', async () => {
  const lost = RangeSet.of([[2, 3]])
  const passings = await copiesOf([message(10, null, run('s00', 1, 20))], [], { s00: new RangeSet() }, lost)
  expect(passings.get('s00')?.crossings).toEqual([{ atMs: 10, first: 2, last: 3, chunk: null }])
})

test('where nothing came twice, and all came, nothing is read', async () => {
  expect(await copiesOf(['not an entry'], ['nor this'], { s00: new RangeSet() })).toEqual(new Map())
})
