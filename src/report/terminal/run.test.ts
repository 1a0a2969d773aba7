import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { goldenDirectory, goldenNames, goldenResult } from '../../testing/goldens.js'
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
  const text = renderRun({ ...golden, streams }, { width: 100, color: false })
  expect(text).toContain('1, 3, 5, 7 and 996 more ranges')
  expect(text).toContain('and 296 more streams')
  expect(text.split('\n').length).toBeLessThan(60)
})
