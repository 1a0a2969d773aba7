import { expect, test } from 'vitest'
import { liveArea } from './area.js'
import { wantsColor } from './style.js'
import { columnsOf, truncate, wrap } from './width.js'

test('an area that a narrower terminal has broken into more rows is erased whole', () => {
  const written: string[] = []
  const output = { write: (text: string) => written.push(text), columns: 40 }
  const area = liveArea(output)
  area.show(['x'.repeat(30), 'y'])
  output.columns = 20
  area.print('done\n')
  area.print('')
  expect(written).toEqual([`${'x'.repeat(30)}\ny\n`, '\u001b[3A\r\u001b[0Jdone\n'])
})

test('columns are counted as a terminal shows them', () => {
  expect(columnsOf('\u001b[31mab\u001b[0m')).toBe(2)
  expect(columnsOf('日本')).toBe(4)
  expect(columnsOf('e\u0301')).toBe(1)
  expect(truncate('日本語', 5)).toBe('日本…')
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('averylongword b', 5)).toEqual(['averylongword', 'b'])
})

test.each([
  [true, {}, undefined, true],
  [false, {}, undefined, false],
  [true, { NO_COLOR: '1' }, undefined, false],
  [true, { NO_COLOR: '' }, undefined, true],
  [true, { TERM: 'dumb' }, undefined, false],
  [true, {}, false, false],
  [false, { FORCE_COLOR: '1' }, undefined, true],
  [true, { FORCE_COLOR: '0' }, undefined, false],
  [true, { FORCE_COLOR: '1' }, false, false],
])('colour: terminal %s, %j, flag %s → %s', (isTerminal, env, flag, wanted) => {
  expect(wantsColor(isTerminal, env, flag)).toBe(wanted)
})
