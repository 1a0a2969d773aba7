import { expect, test } from 'vitest'
import { type FaultResult } from '../store/result.js'
import { layGaps } from './gaps.js'

const fault = (id: string, injectedAtMs: number, healedAtMs: number | null): FaultResult => ({
  id,
  kind: 'kill',
  target: 'aggregator',
  description: '',
  condition: '',
  injectedAtMs,
  healedAtMs,
  proven: true,
  evidence: [],
})

test('a gap has the time in which its lines were sent, and the fault whose window that meets', () => {
  const marks = new Map([
    [
      's00',
      [
        { upTo: 10, atMs: 100 },
        { upTo: 20, atMs: 200 },
        { upTo: 30, atMs: 300 },
      ],
    ],
  ])
  const stream = {
    stream: 's00',
    lostRanges: [
      [11, 25],
      [30, 30],
    ] as [number, number][],
    duplicatedRanges: [[1, 2]] as [number, number][],
    strandedAt: [{ station: 'buffer', lines: 1, ranges: [[31, 31]] as [number, number][] }],
  }
  const gaps = layGaps({
    streams: [stream as never],
    marks,
    faults: [fault('a', 0, 50), fault('b', 250, 299)],
  })
  expect(gaps).toEqual([
    { stream: 's00', kind: 'lost', range: [11, 25], emittedFromMs: 200, emittedToMs: 300, during: 'b' },
    { stream: 's00', kind: 'lost', range: [30, 30], emittedFromMs: 300, emittedToMs: 300, during: null },
    {
      stream: 's00',
      kind: 'stranded',
      range: [31, 31],
      emittedFromMs: null,
      emittedToMs: null,
      during: null,
    },
    { stream: 's00', kind: 'duplicated', range: [1, 2], emittedFromMs: 100, emittedToMs: 100, during: null },
  ])
})

test('a fault that was never healed has no end', () => {
  const marks = new Map([['s00', [{ upTo: 9, atMs: 900 }]]])
  const stream = { stream: 's00', lostRanges: [[9, 9]], duplicatedRanges: [], strandedAt: [] }
  expect(layGaps({ streams: [stream as never], marks, faults: [fault('a', 100, null)] })).toMatchObject([
    { during: 'a' },
  ])
})
