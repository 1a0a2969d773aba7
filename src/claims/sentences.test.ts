import { describe, expect, test } from 'vitest'
import { type Figures } from './figures.js'
import { answer, describeFigures, describeInconclusive, describePassed, describeRuns } from './sentences.js'

const span = (min: number, max = min, of = 20) => ({ min, max, of })
const figures: Figures = {
  runs: 20,
  passed: 18,
  inconclusive: [],
  ofOtherKinds: 0,
  sent: span(80_000),
  lost: span(0, 12),
  lostWhere: [],
  stranded: span(0),
  duplicated: span(0),
  losing: { hits: 2, of: 20, interval: [0.01234, 0.31698] },
  losingTimes: null,
  delayMs: span(9200, 13_600),
  blockedMs: span(4200, 5900),
  forwarder: { ended: { hits: 0, of: 20, interval: [0, 0.168] }, how: [], awayMs: null, notBack: 0 },
}

describe('answer', () => {
  const ended = { hits: 1, of: 1, interval: null }
  test.each<[Parameters<typeof answer>[0], Partial<Figures>, string]>([
    ['lost', {}, '0–12 of 80,000 lines; in 2 of 20 runs (95 %: 1.2–31.7 %)'],
    [
      'lost',
      { losingTimes: { hits: 2, of: 80, interval: [0.003, 0.087] } },
      '0–12 of 80,000 lines; in 2 of 20 runs (95 %: 1.2–31.7 %); at 2 of 80 faults (95 %: 0.3–8.7 %)',
    ],
    [
      'lost',
      { lost: span(0), losing: { hits: 0, of: 1, interval: null } },
      '0 of 80,000 lines; in 0 of 1 run',
    ],
    ['lost', { lost: null }, 'not measured'],
    [
      'lost',
      { lostWhere: ['between app and node log'] },
      '0–12 of 80,000 lines (between app and node log); in 2 of 20 runs (95 %: 1.2–31.7 %)',
    ],
    ['delay', {}, '9.2–13.6 s'],
    ['delay', { delayMs: span(9210, 9190) }, '9.2 s'],
    ['delay', { delayMs: span(9200, 13_600, 3) }, '9.2–13.6 s (told by 3 of 20 runs)'],
    ['delay', { stranded: span(0, 174) }, '9.2–13.6 s; 0–174 lines not arrived yet'],
    ['delay', { delayMs: null }, 'not measured'],
    ['delay', { delayMs: null, stranded: span(174) }, '174 lines not arrived yet'],
    ['blocked', {}, '4.2–5.9 s'],
    ['blocked', { blockedMs: span(0) }, '< 1 s'],
    ['blocked', { blockedMs: span(0, 5900) }, '< 1–5.9 s'],
    ['blocked', { blockedMs: null }, 'not measured'],
    ['forwarder', {}, 'no: in 0 of 20 runs (95 %: 0–16.8 %)'],
    [
      'forwarder',
      {
        runs: 1,
        forwarder: { ended, how: ['end (exit status 0)'], awayMs: span(22_000, 22_000, 1), notBack: 0 },
      },
      'yes: in 1 of 1 run; with exit status 0, away for 22.0 s',
    ],
    [
      'forwarder',
      {
        forwarder: {
          ended: { ...ended, of: 2 },
          how: ['SIGKILL', 'deletion', 'end'],
          awayMs: null,
          notBack: 1,
        },
      },
      'sometimes: in 1 of 2 runs (told by 2 of 20 runs); by SIGKILL, deleted, nobody told how, not back in 1 run',
    ],
    ['forwarder', { forwarder: null }, 'not measured'],
    ['lost', { runs: 0 }, 'not measured'],
  ])('%s of %j', (column, more, says) => {
    expect(answer(column, { ...figures, ...more })).toBe(says)
  })

  test('what has no figures is not measured', () => {
    expect(answer('lost', undefined)).toBe('not measured')
  })
})

test('how many runs, and which of them are not counted', () => {
  expect(describeRuns(figures)).toBe('20')
  const more = {
    ...figures,
    inconclusive: [
      { id: 'run-1', reason: 'too dry', lost: 0 },
      { id: 'run-2', reason: 'too wet', lost: 1 },
    ],
    ofOtherKinds: 3,
  }
  expect(describeRuns(more)).toBe('20, 2 inconclusive, 3 of another kind left out')
  expect(describePassed(more)).toBe('18 of 22')
  expect(describeInconclusive(more)).toEqual([
    'run-1 is inconclusive and not counted: too dry',
    'run-2 is inconclusive and not counted: too wet (1 line lost)',
  ])
})

test('all in one line', () => {
  expect(describeFigures(figures)).toBe(
    'lost 0–12 of 80,000 lines; in 2 of 20 runs (95 %: 1.2–31.7 %) · longest delay 9.2–13.6 s · applications blocked for 4.2–5.9 s',
  )
  expect(describeFigures({ ...figures, duplicated: span(0, 1200) })).toContain(' · 0–1,200 surplus copies · ')
  expect(describeFigures({ ...figures, runs: 0 })).toBe('no run proves anything')
})
