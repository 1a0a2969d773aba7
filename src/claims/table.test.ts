import { describe, expect, test } from 'vitest'
import { type Result, type Verdict } from '../store/result.js'
import { claims, type Claim } from './claims.js'
import { renderClaims, renderClaimsMarkdown } from './render.js'
import { claimTable } from './table.js'

const claim: Claim = { id: 'X1', articles: ['three'], says: 'water is wet', expected: 'wet | soaked' }

function result(
  variant: string | null,
  verdict: Verdict,
  startedAtMs: number,
  { lost = 0, ...more }: Partial<Result> & { readonly lost?: number } = {},
): Result {
  return {
    scenario: 'rain',
    variant,
    profile: 'hardened',
    testbed: 'local',
    claims: ['X1'],
    verdict,
    startedAtMs,
    reasons: ['too dry'],
    versions: { fluentd: '1.16.11' },
    expectations: [
      { expected: 'lost: none', found: String(lost), met: lost === 0 },
      { expected: 'corrupted: none', found: '0', met: true },
      { expected: 'duplicated: any number', found: '3', met: true },
    ],
    latencyMs: null,
    totals: { sent: 1000, lost, stranded: 0, duplicated: 3 },
    gone: lost > 0 ? [{ lastSeen: 'forwarder', firstMissing: 'wire' }] : [],
    duplicates: [{ hop: 'forwarder → aggregator' }],
    ...more,
  } as unknown as Result
}

describe('claimTable', () => {
  test('the newest run of each variant counts', () => {
    const [row] = claimTable(
      [claim],
      [result('a', 'pass', 20), result('a', 'fail', 10), result('b', 'pass', 5)],
    )
    expect(row?.holds).toEqual({ local: 'yes', kind: 'unknown', k0s: 'unknown' })
    expect(row?.measurements.map(({ variant, verdict, runs }) => [variant, verdict, runs])).toEqual([
      ['b', 'pass', { passed: 1, stored: 1 }],
      ['a', 'pass', { passed: 1, stored: 2 }],
    ])
  })

  test.each<[string, Result[], string]>([
    ['one variant fails', [result('a', 'pass', 1), result('b', 'fail', 2, { lost: 7 })], 'no'],
    ['one proves nothing', [result('a', 'pass', 1), result('b', 'inconclusive', 2)], 'unknown'],
    ['nothing was run', [], 'unknown'],
  ])('%s', (_, results, holds) => {
    expect(claimTable([claim], results)[0]?.holds.local).toBe(holds)
  })

  test('each testbed is measured for itself', () => {
    const [row] = claimTable(
      [claim],
      [
        result('a', 'pass', 10),
        result('a', 'fail', 20, { testbed: 'kind', lost: 7 }),
        result('a', 'pass', 5, { testbed: 'kind' }),
      ],
    )
    expect(row?.holds).toEqual({ local: 'yes', kind: 'no', k0s: 'unknown' })
    expect(row?.measurements.map(({ testbed, runs }) => [testbed, runs])).toEqual([
      ['local', { passed: 1, stored: 1 }],
      ['kind', { passed: 1, stored: 2 }],
    ])
  })

  test('what another profile does is shown, and decides nothing', () => {
    const [row] = claimTable(
      [claim],
      [result('a', 'pass', 1), result('a', 'fail', 2, { profile: 'naive', lost: 7 })],
    )
    expect(row?.holds.local).toBe('yes')
    expect(row?.measurements.map(({ profile, verdict }) => [profile, verdict])).toEqual([
      ['hardened', 'pass'],
      ['naive', 'fail'],
    ])
  })

  test('a long delay is measured, too', () => {
    const latencyMs = { p50: 1, p90: 2, p99: 3, max: 30_123 }
    const [row] = claimTable([claim], [result('a', 'pass', 1, { latencyMs })])
    expect(row?.measurements[0]?.measured).toContain(', delays up to 30 s')
  })

  test('a run of another claim measures nothing here', () => {
    expect(claimTable([{ ...claim, id: 'X2' }], [result('a', 'pass', 1)])[0]?.measurements).toEqual([])
  })
})

test('what is printed', () => {
  const rows = claimTable([claim], [result('a', 'fail', 1, { lost: 7 })])
  expect(renderClaims(rows)).toBe(
    [
      'X1  water is wet',
      '    article    Three viewpoints on the reliability of Fluentd on Kubernetes',
      '    expected   wet | soaked',
      '    measured   rain, a (local, Fluentd 1.16.11): 7 of 1,000 lost (between forwarder and wire), 3 surplus copies (forwarder → aggregator)',
      '    holds?     on local: NO · on kind: not known · on k0s: not known',
    ].join('\n'),
  )
  const markdown = renderClaimsMarkdown(rows, { X1: 'It rains.' })
  expect(markdown).toContain(
    '| [X1](#x1) | water is wet | Three viewpoints on the reliability of Fluentd on Kubernetes | NO | not known |',
  )
  expect(markdown).toContain('**Expected.** Wet | soaked.')
  expect(markdown).toContain('| rain, a (Fluentd 1.16.11) | local | lost: none | 7 of 1,000 lost')
  expect(markdown).toContain('| fail | 0 of 1 |')
  expect(markdown).toContain('\nIt rains.\n')
})

test('every claim has an id of its own', () => {
  expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length)
})
