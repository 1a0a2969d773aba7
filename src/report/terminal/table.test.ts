import { expect, test } from 'vitest'
import { goldenNames, goldenResult } from '../../testing/goldens.js'
import { renderEnd } from './table.js'

const runs = goldenNames.map((name) => ({ result: goldenResult(name), directory: `reports/${name}` }))
const wide = { width: 100, color: false }

test('several runs are a table, with what its words and the exit status mean', () => {
  expect(renderEnd({ verdict: 'fail', runs, skipped: [], exitCode: 1 }, wide)).toBe(
    `scenario                   verdict        sent  delivered  lost  duplicated  stranded    p99    took
forwarder-killed · harde…  PASS          8,000      8,000     0         312         0  3.8 s  24.3 s
forwarder-killed · naive   FAIL          8,000      7,362   500          12       138  5.3 s  51.2 s
aggregator-down-mid-flus…  INCONCLUSIVE  8,000      8,000     0           0         0  4.4 s  24.3 s

lost: sent, never arrived and held nowhere any more · duplicated: surplus copies · stranded: not
arrived, but still held in the pipeline · p99: 99 % of the lines took at most this long to arrive

3 runs: 1 passed, 1 failed, 1 inconclusive (it proves nothing either way). Exit status 1: something
failed.
`,
  )
})

test('a terminal too narrow for the table gets a list', () => {
  const text = renderEnd({ verdict: 'fail', runs, skipped: [], exitCode: 1 }, { width: 60, color: false })
  expect(text.split('\n').slice(3, 6)).toEqual([
    'FAIL forwarder-killed · naive',
    '  sent 8,000, delivered 7,362, lost 500, duplicated 12,',
    '  stranded 138, p99 5.3 s, took 51.2 s',
  ])
})

test('repeats of one scenario are told apart by their seeds', () => {
  const [first] = runs
  if (!first) throw new Error('there are no goldens')
  const again = { ...first, result: { ...first.result, seed: 8 } }
  const text = renderEnd({ verdict: 'pass', runs: [first, again], skipped: [], exitCode: 0 }, wide)
  expect(text).toContain('forwarder-killed · seed 7')
  expect(text).toContain('forwarder-killed · seed 8')
  expect(text).toContain('2 runs: all 2 passed. Exit status 0: everything passed.')
})

test('one run needs no table', () => {
  const all = { verdict: 'pass', runs: runs.slice(0, 1), skipped: [], exitCode: 0 } as const
  expect(renderEnd(all, wide)).toBe('1 run: 1 passed. Exit status 0: everything passed.\n')
})

test('says so when nothing was run', () => {
  const skipped = [{ scenario: 's', variant: null, testbed: 'local', reason: 'needs nodes' }]
  expect(renderEnd({ verdict: 'inconclusive', runs: [], skipped, exitCode: 3 }, wide)).toBe(
    '0 runs: 1 skipped. Exit status 3: nothing failed, but something is inconclusive.\n',
  )
  expect(renderEnd({ verdict: 'inconclusive', runs: [], skipped: [], exitCode: 130 }, wide)).toBe(
    '0 runs: nothing was run. Exit status 130: interrupted.\n',
  )
})
