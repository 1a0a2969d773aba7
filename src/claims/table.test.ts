import { describe, expect, test } from 'vitest'
import { type Result } from '../store/result.js'
import { measured } from '../testing/measured.js'
import { claims, type Claim } from './claims.js'
import { samplesOf } from './samples.js'
import { claimTable } from './table.js'

const claim: Claim = { id: 'X1', articles: ['three'], says: 'water is wet', expected: 'wet | soaked' }
const rowOf = (results: readonly Result[]) => claimTable([claim], samplesOf(results))[0]

describe('claimTable', () => {
  test('a measurement for each variant, by its newest run and over all', () => {
    const row = rowOf([
      measured('a', 'pass', 20),
      measured('a', 'fail', 10, { lost: 7 }),
      measured('b', 'pass', 5),
    ])
    expect(
      row?.measurements.map(({ variant, verdict, figures }) => [
        variant,
        verdict,
        figures.passed,
        figures.runs,
      ]),
    ).toEqual([
      ['b', 'pass', 1, 1],
      ['a', 'pass', 1, 2],
    ])
    expect(row?.measurements[1]?.measured).toBe('0 of 1,000 lost, 3 surplus copies (forwarder → aggregator)')
    expect(row?.measurements[1]?.figures.lost).toEqual({ min: 0, max: 7, of: 2 })
  })

  test.each<[string, Result[], string]>([
    ['all pass', [measured('a', 'pass', 1), measured('b', 'pass', 2)], 'yes'],
    ['one variant fails', [measured('a', 'pass', 1), measured('b', 'fail', 2, { lost: 7 })], 'no'],
    ['one failed before', [measured('a', 'fail', 1, { lost: 7 }), measured('a', 'pass', 2)], 'not always'],
    ['one run proves nothing', [measured('a', 'pass', 1), measured('a', 'inconclusive', 2)], 'yes'],
    ['one variant proves nothing', [measured('a', 'pass', 1), measured('b', 'inconclusive', 2)], 'unknown'],
    ['nothing was run', [], 'unknown'],
  ])('%s', (_, results, holds) => {
    expect(rowOf(results)?.holds.local).toBe(holds)
  })

  test('each testbed is measured for itself', () => {
    const row = rowOf([
      measured('a', 'pass', 10),
      measured('a', 'fail', 20, { testbed: 'kind', lost: 7 }),
      measured('a', 'pass', 5, { testbed: 'kind' }),
    ])
    expect(row?.holds).toEqual({ local: 'yes', kind: 'not always', k0s: 'unknown' })
    expect(row?.measurements.map(({ testbed, figures }) => [testbed, figures.passed, figures.runs])).toEqual([
      ['local', 1, 1],
      ['kind', 1, 2],
    ])
  })

  test('what another profile does is shown, and decides nothing', () => {
    const row = rowOf([measured('a', 'pass', 1), measured('a', 'fail', 2, { profile: 'naive', lost: 7 })])
    expect(row?.holds.local).toBe('yes')
    expect(row?.measurements.map(({ profile, verdict }) => [profile, verdict])).toEqual([
      ['hardened', 'pass'],
      ['naive', 'fail'],
    ])
  })

  test('a long delay is measured, too', () => {
    const latencyMs = { p50: 1, p90: 2, p99: 3, max: 30_123 }
    expect(rowOf([measured('a', 'pass', 1, { latencyMs })])?.measurements[0]?.measured).toContain(
      ', delays up to 30 s',
    )
  })

  test('a run of another claim measures nothing here', () => {
    const samples = samplesOf([measured('a', 'pass', 1)])
    expect(claimTable([{ ...claim, id: 'X2' }], samples)[0]?.measurements).toEqual([])
  })
})

test('every claim has an id of its own', () => {
  expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length)
})
