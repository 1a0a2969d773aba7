import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RangeSet, type SeqRange } from './range-set.js'
import { stations, traceDuplicates, traceLoss, type Sightings, type Station } from './trace.js'

const set = (...ranges: SeqRange[]) => RangeSet.of(ranges)
const nothing: Sightings = {
  logged: set(),
  logsWereRemoved: false,
  read: set(),
  perhapsRead: set(),
  crossed: set(),
  acknowledged: set(),
  formerly: [],
  direct: false,
}

describe('traceLoss', () => {
  test('each line is at the last station that had it', () => {
    const seen: Sightings = {
      ...nothing,
      logged: set([11, 60]),
      read: set([21, 60]),
      crossed: set([31, 60]),
      acknowledged: set([41, 60]),
    }
    expect(traceLoss(set([1, 50]), seen)).toEqual([
      { lastSeen: 'app', firstMissing: 'node log', lines: 10, ranges: [[1, 10]] },
      { lastSeen: 'node log', firstMissing: 'forwarder', lines: 10, ranges: [[11, 20]] },
      { lastSeen: 'forwarder', firstMissing: 'wire', lines: 10, ranges: [[21, 30]] },
      { lastSeen: 'wire', firstMissing: 'destination', lines: 10, ranges: [[31, 40]] },
      { lastSeen: 'aggregator', firstMissing: 'destination', lines: 10, ranges: [[41, 50]] },
    ])
  })

  test('without a position file the answer is a range of stations', () => {
    expect(traceLoss(set([1, 5]), { ...nothing, logged: set([1, 5]), read: null })).toEqual([
      { lastSeen: 'node log', firstMissing: 'wire', lines: 5, ranges: [[1, 5]] },
    ])
  })

  test('without a tap nothing is said of the wire', () => {
    const seen = { ...nothing, logged: set([1, 5]), read: set([1, 5]), crossed: null, acknowledged: null }
    expect(traceLoss(set([1, 5]), seen)).toEqual([
      { lastSeen: 'forwarder', firstMissing: 'destination', lines: 5, ranges: [[1, 5]] },
    ])
  })

  test('a line in no log file now may have been in one that was removed', () => {
    expect(traceLoss(set([1, 5]), { ...nothing, logsWereRemoved: true })).toEqual([
      { lastSeen: 'app', firstMissing: 'forwarder', lines: 5, ranges: [[1, 5]] },
    ])
    expect(traceLoss(set([1, 5]), { ...nothing, logsWereRemoved: true, read: null })).toEqual([
      { lastSeen: 'app', firstMissing: 'wire', lines: 5, ranges: [[1, 5]] },
    ])
  })

  test('a line was last where a copy of what was removed has it, unless it got further', () => {
    const removed = { where: 'there', how: 'was wiped', atMs: 5 }
    const seen: Sightings = {
      ...nothing,
      logged: set([1, 40]),
      read: set([1, 20]),
      crossed: set([16, 20]),
      perhapsRead: set([21, 25]),
      formerly: [
        { station: 'node log', ...removed, lines: set([1, 30]) },
        { station: 'forwarder', ...removed, lines: set([11, 20]) },
        { station: 'aggregator', ...removed, lines: set([18, 20]) },
      ],
    }
    expect(traceLoss(set([1, 40]), seen)).toEqual([
      { lastSeen: 'node log', firstMissing: 'forwarder', lines: 10, ranges: [[31, 40]] },
      {
        lastSeen: 'node log',
        firstMissing: 'forwarder',
        lines: 5,
        ranges: [[26, 30]],
        place: { station: 'node log', ...removed },
      },
      { lastSeen: 'node log', firstMissing: 'wire', lines: 5, ranges: [[21, 25]] },
      { lastSeen: 'forwarder', firstMissing: 'wire', lines: 10, ranges: [[1, 10]] },
      {
        lastSeen: 'forwarder',
        firstMissing: 'wire',
        lines: 5,
        ranges: [[11, 15]],
        place: { station: 'forwarder', ...removed },
      },
      { lastSeen: 'wire', firstMissing: 'destination', lines: 2, ranges: [[16, 17]] },
      {
        lastSeen: 'aggregator',
        firstMissing: 'destination',
        lines: 3,
        ranges: [[18, 20]],
        place: { station: 'aggregator', ...removed },
      },
    ])
  })

  test('without an aggregator nothing is at one', () => {
    const seen = { ...nothing, crossed: set([1, 5]), acknowledged: set([1, 2]), direct: true }
    expect(traceLoss(set([1, 5]), seen).map(({ lastSeen }) => lastSeen)).toEqual(['wire', 'wire'])
  })

  test('for any sightings: every lost line exactly once, and never before a station that had it', () => {
    const anySet = fc
      .uniqueArray(fc.integer({ min: 1, max: 40 }))
      .map((seqs) => RangeSet.of(seqs.map((seq) => [seq, seq])))
    fc.assert(
      fc.property(anySet, anySet, anySet, anySet, anySet, (lost, logged, read, crossed, acknowledged) => {
        const traced = traceLoss(lost, { ...nothing, logged, read, crossed, acknowledged })
        const had: Partial<Record<Station, RangeSet>> = {
          'node log': logged,
          forwarder: read,
          wire: crossed,
          aggregator: acknowledged,
        }
        for (let seq = 1; seq <= 40; seq++) {
          const groups = traced.filter(({ ranges }) =>
            ranges.some(([first, last]) => first <= seq && seq <= last),
          )
          expect(groups).toHaveLength(lost.has(seq) ? 1 : 0)
          const last = stations.findLast((station) => had[station]?.has(seq) === true) ?? 'app'
          for (const { lastSeen } of groups) expect(lastSeen).toBe(last)
        }
      }),
    )
  })
})

test('a copy that crossed the wire again was sent by the forwarder, another one by the aggregator', () => {
  expect(traceDuplicates(set([1, 10]), { crossedAgain: set([4, 6], [20, 30]), direct: false })).toEqual([
    { hop: 'forwarder → aggregator', lines: 3, ranges: [[4, 6]] },
    {
      hop: 'aggregator → destination',
      lines: 7,
      ranges: [
        [1, 3],
        [7, 10],
      ],
    },
  ])
  expect(traceDuplicates(set([1, 2]), { crossedAgain: null, direct: false })).toEqual([
    { hop: 'somewhere before the destination', lines: 2, ranges: [[1, 2]] },
  ])
  expect(traceDuplicates(set(), { crossedAgain: set([1, 1]), direct: false })).toEqual([])
  // With one sender only there is no doubt, tap or not.
  expect(traceDuplicates(set([1, 2]), { crossedAgain: null, direct: true })).toEqual([
    { hop: 'forwarder → destination', lines: 2, ranges: [[1, 2]] },
  ])
})
