import { expect, test } from 'vitest'
import { lineText } from '../marker/encode.js'
import { minLineBytes } from '../marker/format.js'
import { createBatchMaker } from './batch.js'
import type { EmitterConfig } from './config.js'

const config: EmitterConfig = {
  run: 'k3v9x2ab',
  stream: 's01',
  controlUrl: 'http://127.0.0.1:1',
  lineSize: { minBytes: 100, maxBytes: 100 },
  seed: 1,
  noise: 'none',
  logFile: null,
}
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const numbersIn = (bytes: Uint8Array) =>
  [...text(bytes).matchAll(/@gapless:k3v9x2ab\.s01\.(\d{10})/g)].map((match) => Number(match[1]))

test('lines stand one below the other', () => {
  const batch = createBatchMaker(config).make(5, 6, 1_700_000_000_000)
  const line = (seq: number) =>
    `${lineText({ run: 'k3v9x2ab', stream: 's01', lineBytes: 100, seq, emittedAtMs: 1_700_000_000_000 })}\n`
  expect(text(batch.bytes)).toBe(line(5) + line(6))
  expect(batch).toMatchObject({ first: 5, last: 6 })
})

test('a line was written once its newline was', () => {
  const { lastWithin } = createBatchMaker(config).make(5, 7, 1)
  expect([0, 100, 101, 201, 202, 303].map(lastWithin)).toEqual([4, 4, 5, 5, 6, 7])
})

test('is full at 64 KiB, and has one line however long that is', () => {
  expect(createBatchMaker(config).make(1, 10_000, 1).last).toBe(649)
  const long = createBatchMaker({ ...config, lineSize: { minBytes: 1_000_000, maxBytes: 1_000_000 } })
  expect(long.make(1, 10, 1)).toMatchObject({ last: 1, bytes: { length: 1_000_001 } })
})

test('sizes are drawn from the range, the same for the same number', () => {
  const sizes = (first: number) =>
    text(createBatchMaker({ ...config, lineSize: { minBytes: 0, maxBytes: 300 } }).make(first, 60, 1).bytes)
      .trimEnd()
      .split('\n')
      .map((line) => line.length)
  const all = sizes(1)
  expect(Math.min(...all)).toBeGreaterThanOrEqual(minLineBytes)
  expect(Math.max(...all)).toBeLessThanOrEqual(300)
  expect(new Set(all).size).toBeGreaterThan(20)
  expect(sizes(31)).toEqual(all.slice(30))
})

test('hostile noise stands between numbered lines, which are all there and whole', () => {
  const maker = createBatchMaker({ ...config, noise: 'hostile' })
  const plain = createBatchMaker(config)
  const seen: number[] = []
  const noise: string[] = []
  let longestNoiseBytes = 0
  for (let next = 1; next <= 30_000;) {
    const batch = maker.make(next, 30_000, 1)
    const numbered = new Set(text(plain.make(next, batch.last, 1).bytes).split('\n'))
    seen.push(...numbersIn(batch.bytes))
    const others = text(batch.bytes.subarray(0, -1))
      .split('\n')
      .filter((line) => line === '' || !numbered.delete(line))
    for (const line of others) longestNoiseBytes = Math.max(longestNoiseBytes, line.length)
    noise.push(...others.map((line) => line.slice(0, 40)))
    next = batch.last + 1
  }
  expect(seen).toEqual(Array.from({ length: 30_000 }, (_, index) => index + 1))
  expect(noise.length).toBeGreaterThan(3_000)
  expect(longestNoiseBytes).toBeGreaterThan(500_000)
  for (const kind of ['@gapless:another0', '<script>', '\u001b[2J', '\xff\xfe']) {
    expect(noise.filter((line) => line.startsWith(kind)).length).toBeGreaterThan(100)
  }
  expect(noise.filter((line) => line === '').length).toBeGreaterThan(100)
  expect(noise.filter((line) => line === '@gapless:').length).toBeGreaterThan(100)
})
