import { expect, it } from 'vitest'
import { textOfCriLog } from './cri-text.js'

it('takes the headers off and joins partial lines', () => {
  const log = [
    '2026-01-02T03:04:05.000000001Z stdout F one  two',
    '2026-01-02T03:04:05.000000002Z stderr P ab',
    '2026-01-02T03:04:05.000000003Z stderr F c',
    '2026-01-02T03:04:05.000000004Z stdout F ',
    '2026-01-02T03:04:05.000000005Z stdout P end',
  ]
  expect(textOfCriLog(Buffer.from(`${log.join('\n')}\n`)).toString()).toBe('one  two\nabc\n\nend')
})

it('makes nothing of a line that was cut short', () => {
  expect(textOfCriLog(Buffer.from('2026-01-02T03:04')).toString()).toBe('\n')
})
