import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { goldenResult } from '../testing/goldens.js'
import { jsonReporter } from './json.js'

test('prints one document with the verdict and every run, and nothing else', async () => {
  const output = new PassThrough()
  const printed = text(output)
  const reporter = jsonReporter(output)
  const result = goldenResult('fail-with-losses')
  await reporter.end?.({
    verdict: 'fail',
    runs: [{ result, directory: 'reports/a' }],
    skipped: [],
    exitCode: 1,
  })
  output.end()
  expect(JSON.parse(await printed)).toEqual({ verdict: 'fail', runs: [result] })
  expect(Object.keys(reporter)).toEqual(['name', 'end'])
})

test('an output that cannot be written to is an error of the reporter', async () => {
  const output = new PassThrough()
  output.on('error', () => undefined)
  output.end()
  const all = { verdict: 'pass', runs: [], skipped: [], exitCode: 0 } as const
  await expect(jsonReporter(output).end?.(all)).rejects.toThrow('write after end')
})
