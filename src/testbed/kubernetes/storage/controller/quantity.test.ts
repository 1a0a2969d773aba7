import { expect, test } from 'vitest'
import { bytesOf } from './quantity.js'

test.each([
  ['1', 1],
  ['1k', 1000],
  ['1Ki', 1024],
  ['1.5Gi', 1_610_612_736],
  ['2M', 2_000_000],
  ['1Ei', 2 ** 60],
  ['', undefined],
  ['1Zi', undefined],
  ['-1', undefined],
])('%s is %s bytes', (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes)
})
