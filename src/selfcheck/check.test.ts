import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measure, type Measure, type Measurement } from '../analyze/measure.js'
import { randomRun, writeRun, type RandomRun, type WrittenRun } from '../testing/random-run.js'
import { checkItself } from './check.js'

let root: string
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gapless self check test '))
})
afterAll(() => {
  rmSync(root, { recursive: true })
})

function written(run: RandomRun): WrittenRun {
  return writeRun(mkdtempSync(path.join(root, 'run-')), run)
}

const even = Array.from({ length: 150 }, () => 'fine' as const)
const perfect: RandomRun = {
  seed: 5,
  fates: [even, even],
  unreported: 0,
  lineBytes: 90,
  perRequest: 50,
  noise: '',
  glued: false,
  positions: true,
  tap: 'acknowledged',
  direct: false,
  split: false,
  packed: false,
  logsWereRemoved: false,
  drained: true,
  torn: false,
  lateAfterMs: null,
}

describe('the self-check', () => {
  test('passes on any run, whatever happened in it', async () => {
    await fc.assert(
      fc.asyncProperty(randomRun, async (run) => {
        const { ok, problems, defects, stations } = await checkItself({ ...written(run), measure })
        expect(problems).toEqual([])
        expect(ok).not.toBe(false)
        for (const { planted, found } of [...defects, ...stations]) expect(found).toBe(planted)
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test('plants every kind, and at every station that a run has', async () => {
    const check = await checkItself({ ...written(perfect), measure })
    expect(check.problems).toEqual([])
    expect(check.defects.map(({ kind }) => kind)).toEqual([
      'loss',
      'duplication',
      'reordering',
      'corruption',
      'truncation',
    ])
    expect(check.stations.map(({ station }) => station)).toEqual([
      'app → node log',
      'node log → forwarder',
      'forwarder → wire',
      'wire → destination',
      'aggregator → destination',
      'held in a buffer',
      'cut short in a buffer',
    ])
    for (const { planted, found } of check.defects) {
      expect(planted).toBeGreaterThanOrEqual(2)
      expect(found).toBe(planted)
    }
  })

  test.each(['none', 'unacknowledged', 'acknowledged'] as const)(
    'passes where forwarders send to the destination themselves, with the tap: %s',
    async (tap) => {
      const check = await checkItself({ ...written({ ...perfect, direct: true, tap }), measure })
      expect(check).toMatchObject({ ok: true, problems: [] })
      expect(check.stations.map(({ station }) => station)).toContain(
        tap === 'none' ? 'forwarder → destination' : 'wire → destination',
      )
    },
  )

  test('plants the same with the same seed, elsewhere with another', async () => {
    const one = await checkItself({ ...written(perfect), measure })
    expect(await checkItself({ ...written(perfect), measure })).toEqual(one)
    const seeds = await Promise.all(
      [1, 2, 3].map(async (seed) => checkItself({ ...written({ ...perfect, seed }), measure })),
    )
    expect(new Set(seeds.map(({ summary }) => summary)).size).toBeGreaterThan(1)
  })

  test('looks at the beginning of a long run only, and says so', async () => {
    const limits = { bodyBytes: 12_000, logBytes: 9000, stateBytes: 100, wireBytes: 5000 }
    const { ok, checked, summary } = await checkItself({ ...written(perfect), measure, limits })
    expect(ok).toBe(true)
    expect(checked.bytes).toBeLessThanOrEqual(12_000)
    expect(checked.ofBytes).toBeGreaterThan(30_000)
    expect(summary).toContain("a copy of the beginning of this run's evidence")
  })

  test('cannot be done where no line arrived', async () => {
    const lost = even.map(() => 'lost' as const)
    const check = await checkItself({ ...written({ ...perfect, fates: [lost, lost] }), measure })
    expect(check).toMatchObject({ ok: null, problems: [], defects: [], stations: [] })
  })

  test('fails where the arrival ledger is not what the bytes say', async () => {
    const changeLedger = async (change: (text: string) => string) => {
      const run = written(perfect)
      const file = run.store.file('collector', 'arrivals.ndjson')
      writeFileSync(file, change(readFileSync(file, 'utf8')))
      return (await checkItself({ ...run, measure })).problems
    }
    expect(await changeLedger((text) => text.replace(/\["s00",1,/, '["s00",2,'))).toEqual([
      'the arrival ledger says of request 1 what its bytes do not',
    ])
    expect(await changeLedger((text) => text.slice(0, text.trimEnd().lastIndexOf('\n') + 1))).toEqual([
      'lines arrived that the arrival ledger does not speak of',
    ])
    expect(await changeLedger((text) => text.slice(text.indexOf('\n') + 1))).toEqual([
      'the body of request 2 does not follow the one before',
    ])
  })

  test('fails where a part of the counting throws', async () => {
    const throwing: Measure = () => Promise.reject(new Error('out of order'))
    expect(await checkItself({ ...written(perfect), measure: throwing })).toMatchObject({
      ok: false,
      problems: ['the self-check itself failed: out of order'],
    })
  })
})

type Streams = Measurement['accounting']['streams']

describe('broken accounting is found out:', () => {
  const changed =
    (change: (measurement: Measurement) => Partial<Measurement>): Measure =>
    async (input) => {
      const measurement = await measure(input)
      return { ...measurement, ...change(measurement) }
    }
  const onStreams = (change: (stream: Streams[number]) => Partial<Streams[number]>): Measure =>
    changed(({ accounting }) => ({
      accounting: {
        ...accounting,
        streams: accounting.streams.map((stream) => ({ ...stream, ...change(stream) })),
      },
    }))

  test.each<[string, Measure, found: string]>([
    [
      'lost netted against duplicated',
      onStreams(({ lost, duplicated }) => ({ lost: Math.max(0, lost - duplicated) })),
      'lost of s0',
    ],
    [
      'the last lost range dropped',
      onStreams(({ lostRanges }) => ({ lostRanges: lostRanges.slice(0, -1) })),
      'lost of s0',
    ],
    [
      'ranges one too short',
      onStreams(({ lostRanges }) => ({ lostRanges: lostRanges.filter(([first, last]) => first < last) })),
      'lost of s0',
    ],
    [
      'copies counted once per line',
      onStreams((stream) => ({ duplicated: linesIn(stream.duplicatedRanges) })),
      'duplicated of s0',
    ],
    ['stranded forgotten', onStreams(() => ({ strandedAt: [] })), 'stranded of s0'],
    ['order never looked at', onStreams(() => ({ reordered: 0 })), 'reordered of s0'],
    [
      'damage left out of the totals',
      changed(({ accounting }) => ({
        accounting: { ...accounting, totals: { ...accounting.totals, corrupted: 0 } },
      })),
      'corrupted of all streams',
    ],
    [
      'the wrong hop',
      changed(({ gone }) => ({
        gone: gone.map((group) => (group.lastSeen === 'wire' ? { ...group, lastSeen: 'aggregator' } : group)),
      })),
      'at wire → destination',
    ],
    [
      'copies at the wrong hop',
      changed(({ duplicates }) => ({
        duplicates: duplicates.map((group) => ({ ...group, hop: 'aggregator → destination' })),
      })),
      'at forwarder → aggregator',
    ],
  ])('%s', async (_, broken, found) => {
    const { ok, problems } = await checkItself({ ...written(perfect), measure: broken })
    expect(ok).toBe(false)
    expect(problems.join('\n')).toContain(found)
  })

  test('and the kind that was not found is named', async () => {
    const { defects } = await checkItself({
      ...written(perfect),
      measure: onStreams(() => ({ reordered: 0 })),
    })
    const inTotals = changed(({ accounting }) => ({
      accounting: { ...accounting, totals: { ...accounting.totals, reordered: 0 } },
    }))
    expect(defects.find(({ kind }) => kind === 'loss')).toMatchObject({ found: expect.any(Number) as number })
    const check = await checkItself({ ...written(perfect), measure: inTotals })
    for (const { kind, planted, found } of check.defects)
      expect(found).toBe(kind === 'reordering' ? 0 : planted)
  })
})

function linesIn(ranges: readonly (readonly [number, number])[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}
