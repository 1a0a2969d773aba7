import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../package-root.js'
import { readEvents, readPlan, runDirectory } from '../store/run-directory.js'
import { analyze } from './analyze.js'
import { measure } from './measure.js'

const stored = `${packageRoot}fixtures/stored-run/run`
const store = runDirectory(stored)
const plan = readPlan(stored)
const events = readEvents(stored)

test('of a run that has drained, what is nowhere is lost', async () => {
  const { accounting, gone } = await measure({ store, plan, events })
  expect(accounting.totals).toMatchObject({ sent: 480, delivered: 161, lost: 6, stranded: 313 })
  expect(gone).toMatchObject([{ lastSeen: 'forwarder', firstMissing: 'destination', lines: 6 }])
})

test('of a run that was cut short nothing is lost, whatever was kept of it', async () => {
  const cut = events.filter(({ type }) => type !== 'drain-ended')
  const { accounting, gone, custody } = await measure({ store, plan, events: cut })
  expect(accounting.totals).toMatchObject({ sent: 480, delivered: 161, lost: 0, stranded: 319 })
  expect(gone).toEqual([])
  expect(custody).toBeUndefined()
})

function onCopy<T>(what: (copy: string) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(path.join(tmpdir(), 'gapless measure '))
  cpSync(stored, copy, { recursive: true })
  return what(copy).finally(() => {
    rmSync(copy, { recursive: true })
  })
}

test.each(['arrivals.ndjson', 'sent.ndjson'])('where %s was torn nothing is lost', async (ledger) => {
  await onCopy(async (copy) => {
    appendFileSync(path.join(copy, 'collector', ledger), '{"atMs":179')
    const { accounting, gone, incomplete } = await measure({ store: runDirectory(copy), plan, events })
    expect(accounting.totals).toMatchObject({ lost: 0, stranded: 319 })
    expect(gone).toEqual([])
    expect(incomplete).toEqual([`${ledger} ends in the middle of a line: more may be missing`])
  })
})

test.each([
  ['evidence/index.json', 'evidence/index.json is not there: where lines are is not known'],
  [
    'evidence/fluentd-aggregator-0/secondary/dump.bin.0',
    'evidence/fluentd-aggregator-0/secondary/dump.bin.0 is not there: what it held is not known',
  ],
])('where %s has gone nothing is lost, and it does not pass', async (file, problem) => {
  await onCopy(async (copy) => {
    rmSync(path.join(copy, file))
    const { accounting, gone, incomplete } = await measure({ store: runDirectory(copy), plan, events })
    expect(accounting.totals).toMatchObject({ lost: 0, stranded: 319 })
    expect(gone).toEqual([])
    expect(incomplete).toEqual([problem])
    expect(await analyze(copy)).toMatchObject({
      verdict: 'inconclusive',
      summary: `This run proves nothing: ${problem}.`,
    })
  })
})
