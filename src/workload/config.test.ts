import { expect, test } from 'vitest'
import { parseEmitterConfig } from './config.js'

const env = {
  GAPLESS_RUN: 'k3v9x2ab',
  GAPLESS_STREAM: 's01',
  GAPLESS_CONTROL_URL: 'http://127.0.0.1:4000',
}

test('has defaults for everything but who it is and where the collector is', () => {
  expect(parseEmitterConfig(env)).toEqual({
    run: 'k3v9x2ab',
    stream: 's01',
    controlUrl: 'http://127.0.0.1:4000',
    lineSize: { minBytes: 200, maxBytes: 200 },
    seed: 1,
    noise: 'none',
    logFile: null,
  })
})

test('takes a size or a range of sizes', () => {
  expect(parseEmitterConfig({ ...env, GAPLESS_LINE_BYTES: '90-4000' }).lineSize).toEqual({
    minBytes: 90,
    maxBytes: 4000,
  })
  expect(parseEmitterConfig({ ...env, GAPLESS_LINE_BYTES: '1048576' }).lineSize).toEqual({
    minBytes: 1048576,
    maxBytes: 1048576,
  })
})

test.each([
  ['GAPLESS_RUN', 'x'],
  ['GAPLESS_STREAM', 'stream-1'],
  ['GAPLESS_CONTROL_URL', 'localhost'],
  ['GAPLESS_LINE_BYTES', '400-90'],
  ['GAPLESS_LINE_BYTES', '3 MB'],
  ['GAPLESS_LINE_BYTES', '3000000'],
  ['GAPLESS_SEED', 'abc'],
  ['GAPLESS_NOISE', 'some'],
])('%s=%s is refused by name', (name, value) => {
  expect(() => parseEmitterConfig({ ...env, [name]: value })).toThrow(name)
})
