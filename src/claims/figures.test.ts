import { describe, expect, test } from 'vitest'
import { type Result } from '../store/result.js'
import { injected, lostAt, measured } from '../testing/measured.js'
import { figuresOf, type Figures } from './figures.js'
import { samplesOf } from './samples.js'

const latencyMs = (max: number) => ({ p50: 1, p90: 2, p99: 3, max })
const blockedFor = (longestMs: number) => [{ node: 'node-1', times: 2, longestMs, totalMs: 2 * longestMs }]

function figures(...runs: readonly Result[]): Figures {
  const [sample, ...others] = samplesOf(runs)
  expect(others).toEqual([])
  return figuresOf(sample!)
}

describe('figuresOf', () => {
  test('least and most over the runs that prove something', () => {
    const found = figures(
      measured('a', 'pass', 1, { latencyMs: latencyMs(9200), blocked: blockedFor(4200) }),
      measured('a', 'fail', 2, { lost: 7, stranded: 3, latencyMs: latencyMs(13_600), blocked: [] }),
      measured('a', 'inconclusive', 3, { lost: 900, latencyMs: latencyMs(90_000) }),
      measured('a', 'pass', 4),
    )
    expect(found).toMatchObject({
      runs: 3,
      passed: 2,
      inconclusive: [{ id: 'run-3', reason: 'too dry', lost: 900 }],
      ofOtherKinds: 0,
      sent: { min: 1000, max: 1000, of: 3 },
      lost: { min: 0, max: 7, of: 3 },
      lostWhere: ['between forwarder and wire'],
      stranded: { min: 0, max: 3, of: 3 },
      duplicated: { min: 3, max: 3, of: 3 },
      losing: { hits: 1, of: 3 },
      delayMs: { min: 9200, max: 13_600, of: 2 },
      blockedMs: { min: 0, max: 4200, of: 2 },
      forwarder: null,
      losingTimes: null,
    })
  })

  test('one run has no interval, and none has nothing', () => {
    expect(figures(measured('a', 'pass', 1)).losing).toEqual({ hits: 0, of: 1, interval: null })
    expect(figures(measured('a', 'pass', 1), measured('a', 'pass', 2)).losing.interval?.[0]).toBe(0)
    expect(figures(measured('a', 'inconclusive', 1))).toMatchObject({ runs: 0, lost: null, delayMs: null })
  })
})

describe('forwarders', () => {
  const run = (startedAtMs: number, ...ends: NonNullable<Result['forwarders']>[number]['ends']) =>
    measured('a', 'pass', startedAtMs, {
      forwarders: [
        { node: 'node-1', ends: [] },
        { node: 'node-2', ends },
      ],
    })

  test('in how many runs one ended, how, and for how long it was away', () => {
    const end = { how: 'end (exit status 0)', atMs: 1000, backAtMs: 23_000 }
    const killed = { how: 'SIGKILL', atMs: 30_000, backAtMs: 31_000 }
    expect(
      figures(run(1), run(2, end), run(3, end, killed), measured('a', 'pass', 4)).forwarder,
    ).toMatchObject({
      ended: { hits: 2, of: 3 },
      how: ['SIGKILL', 'end (exit status 0)'],
      awayMs: { min: 22_000, max: 22_000, of: 2 },
      notBack: 0,
    })
  })

  test('one that never came back was not away for a time', () => {
    const gone = { how: 'SIGKILL', atMs: 30_000, backAtMs: null }
    expect(figures(run(1, gone)).forwarder).toMatchObject({
      ended: { hits: 1, of: 1 },
      awayMs: null,
      notBack: 1,
    })
  })

  test('runs that do not tell are none in which it did not end', () => {
    expect(figures(measured('a', 'pass', 1, { forwarders: [] })).forwarder).toBeNull()
  })
})

describe('faults that a run repeats', () => {
  const kills = [injected('kill', 'every 8 s', 1000, [9000, 17_000])]
  const run = (startedAtMs: number, ...gaps: Result['gaps']) =>
    measured('a', 'pass', startedAtMs, { faults: kills, gaps, lost: gaps.length })

  test('a gap counts for the time that is nearest, and two at once for one', () => {
    const found = figures(run(1), run(2, lostAt(8700), lostAt(9400), lostAt(15_000)), run(3))
    expect(found.losingTimes).toMatchObject({ hits: 2, of: 9 })
    expect(found.losing).toMatchObject({ hits: 1, of: 3 })
  })

  test('are the same whether told as one or each for itself', () => {
    const each = [injected('kill', 'x', 1000), injected('kill', 'x', 9000)]
    expect(figures(measured('a', 'pass', 1, { faults: each })).losingTimes).toMatchObject({ hits: 0, of: 2 })
  })

  test.each([
    ['a single fault', [injected('kill', 'x', 1000)], []],
    ['different ones', [...kills, injected('stop', 'x', 5000)], []],
    ['a gap that nobody can place', kills, [lostAt(null)]],
  ])('%s: not measured', (_, faults, gaps) => {
    expect(figures(measured('a', 'pass', 1, { faults, gaps })).losingTimes).toBeNull()
  })

  test('copies and what is held are no losses', () => {
    const copies = { ...lostAt(9000), kind: 'duplicated' as const }
    expect(figures(run(1, copies)).losingTimes).toMatchObject({ hits: 0, of: 3 })
  })
})
