import { expect, test } from 'vitest'
import { blockedOn } from './blocked.js'

const streams = [
  { stream: 's01', node: 'node-1' },
  { stream: 's02', node: 'node-2' },
  { stream: 's03', node: 'node-2' },
] as never

test('what could not be written is summed up by node', () => {
  const writes = new Map([
    ['s02', [{ fromMs: 1000, toMs: 5900 }]],
    [
      's03',
      [
        { fromMs: 0, toMs: 1200 },
        { fromMs: 9000, toMs: 11_000 },
      ],
    ],
  ])
  expect(blockedOn({ streams }, writes)).toEqual([
    { node: 'node-2', times: 3, longestMs: 4900, totalMs: 8100 },
  ])
  expect(blockedOn({ streams }, new Map())).toEqual([])
})
