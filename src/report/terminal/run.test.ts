import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { goldenDirectory, goldenNames, goldenResult } from '../../testing/goldens.js'
import { loadStartMs } from '../format.js'
import { renderRun } from './run.js'
import { columnsOf } from './width.js'

describe.each(goldenNames)('%s', (name) => {
  const result = goldenResult(name)
  const report = `reports/${result.id}/report.html`
  const printed = renderRun(result, { width: 100, color: false, report })

  test('is printed as kept beside it (after a change that is meant: vitest -u)', async () => {
    await expect(printed).toMatchFileSnapshot(`${goldenDirectory}${name}.terminal.txt`)
  })

  test('says the same in colour', () => {
    const colored = renderRun(result, { width: 100, color: true, report })
    expect(colored).not.toBe(printed)
    expect(stripVTControlCharacters(colored)).toBe(printed)
  })

  test('fits a narrow terminal, but for what has to be copied', () => {
    const lines = renderRun(result, { width: 60, color: false, report }).split('\n')
    const wide = lines.filter((line) => columnsOf(line) > 60).map((line) => line.trim().split(' ')[0])
    expect(wide).toEqual(result.verdict === 'pass' ? [] : ['repeat'])
  })
})

test('what others wrote cannot steer the terminal', () => {
  const result = {
    ...goldenResult('pass-with-duplicates'),
    scenario: 'a\u001b[2J\nb\u009b31m',
    summary: 'x\ry',
  }
  expect(renderRun(result, { width: 80, color: false }).split('\n')[0]).toBe('PASS a�[2J b�31m: x y')
})

test('a great many findings are counted, not listed', () => {
  const golden = goldenResult('fail-with-losses')
  const [stream] = golden.streams
  if (!stream) throw new Error('the golden has no stream')
  const lostRanges = Array.from({ length: 1000 }, (_, i): [number, number] => [i * 2 + 1, i * 2 + 1])
  const streams = Array.from({ length: 300 }, (_, i) => ({
    ...stream,
    stream: `app-${String(i)}`,
    lostRanges,
  }))
  const [group] = golden.gone
  if (!group) throw new Error('the golden has no group of lost lines')
  const gone = streams.map((own) => ({ ...group, stream: own.stream }))
  const text = renderRun({ ...golden, streams, gone }, { width: 100, color: false })
  expect(text).toContain('1, 3, 5, 7 and 996 more ranges')
  expect(text).toContain('and 296 more streams')
  expect(text).toContain('and 296 more groups')
  expect(text.split('\n').length).toBeLessThan(60)
})

test('explanations stand below their own stream, and only a few of them', () => {
  const golden = goldenResult('fail-with-losses')
  const [one, two] = golden.streams
  const [group] = golden.gone
  if (!one || !two || !group) throw new Error('the golden has too little in it')
  const streams = [one, { ...two, lost: 1, lostRanges: [[9, 9] as [number, number]] }]
  const gone = ['app-2', 'app-1', 'app-1', 'app-1', 'app-2', 'app-2'].map((stream, index) => ({
    ...group,
    stream,
    explanation: `group ${String(index)}`,
  }))
  const text = renderRun({ ...golden, streams, gone }, { width: 200, color: false })
  expect(text.slice(text.indexOf('  lost '), text.indexOf('  duplicated '))).toBe(
    `  lost        500 lines of app-1 on node-1: 1,951–2,100, 2,121–2,300, 2,451, 2,461–2,550 and 1 more range
              – group 1
              – group 2
              – group 3
              1 line of app-2 on node-2: 9
              – group 0
              and 2 more groups
`,
  )
})

test('a recovery is told only where it took long, or never came', () => {
  const golden = goldenResult('pass-with-duplicates')
  const recoveryLine = (afterMs: number) =>
    renderRun(
      { ...golden, recovery: { recovered: true, afterMs, missing: [] } },
      { width: 100, color: false },
    )
      .split('\n')
      .find((line) => line.startsWith('  recovery'))
  expect(recoveryLine(9999)).toBeUndefined()
  expect(recoveryLine(10_000)).toBe(
    '  recovery    fresh lines of every stream were through 10.0 s after the last fault was healed',
  )
})

test('the steps of a volume that moved are listed with their times', () => {
  const golden = goldenResult('pass-with-duplicates')
  const zeroMs = loadStartMs(golden)
  const steps = [
    { atMs: zeroMs + 1500, what: 'stop kubelet', kind: 'fault' as const },
    { atMs: zeroMs + 64_000, what: 'the volume is attached to node-1', kind: 'volume' as const },
  ]
  const staircase = { steps, withoutDelivery: { fromMs: zeroMs, toMs: null } }
  const text = renderRun({ ...golden, staircase }, { width: 100, color: false })
  expect(text).toContain(
    `  staircase    1.50 s  stop kubelet
              64.00 s  the volume is attached to node-1
              From some time on nothing was delivered any more.
`,
  )
})
