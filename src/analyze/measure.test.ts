import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  expect(accounting.totals).toMatchObject({ sent: 480, delivered: 276, lost: 16, stranded: 188 })
  expect(gone).toMatchObject([{ lastSeen: 'forwarder', firstMissing: 'wire', lines: 16 }])
})

test('of a run that was cut short nothing is lost, whatever was kept of it', async () => {
  const cut = events.filter(({ type }) => type !== 'drain-ended')
  const { accounting, gone, custody } = await measure({ store, plan, events: cut })
  expect(accounting.totals).toMatchObject({ sent: 480, delivered: 276, lost: 0, stranded: 204 })
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
    expect(accounting.totals).toMatchObject({ lost: 0, stranded: 204 })
    expect(gone).toEqual([])
    expect(incomplete).toEqual([`${ledger} ends in the middle of a line: more may be missing`])
  })
})

test.each([
  [0, 'arrivals.ndjson has lost what arrived before request 2: more may be missing'],
  [3, 'arrivals.ndjson has lost what arrived between request 3 and request 5: more may be missing'],
  [-1, 'arrivals.ndjson has lost what arrived last: more may be missing'],
])('where line %i of the arrival ledger was taken out nothing is lost', async (index, problem) => {
  await onCopy(async (copy) => {
    const ledger = path.join(copy, 'collector', 'arrivals.ndjson')
    const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n')
    writeFileSync(ledger, `${lines.toSpliced(index, 1).join('\n')}\n`)
    const { accounting, gone, incomplete } = await measure({ store: runDirectory(copy), plan, events })
    expect(accounting.totals).toMatchObject({ lost: 0 })
    expect(gone).toEqual([])
    expect(incomplete).toEqual([problem])
    expect(await analyze(copy)).toMatchObject({ verdict: 'inconclusive' })
  })
})

test.each([
  ['collector/sent.ndjson', 'collector/sent.ndjson is not there: what was sent is not known'],
  ['collector/arrivals.ndjson', 'collector/arrivals.ndjson is not there: what arrived is not known'],
  ['wire/wire.ndjson', 'wire/wire.ndjson is not there: what crossed the wire is not known'],
])('a run whose %s has gone proves nothing, and loses nothing', async (file, problem) => {
  await onCopy(async (copy) => {
    rmSync(path.join(copy, file))
    const result = await analyze(copy)
    expect(result).toMatchObject({ verdict: 'inconclusive', totals: { lost: 0 }, gone: [] })
    expect(result.summary).toBe(`This run proves nothing: ${problem}.`)
  })
})

test('a run without a tap needs no ledger of one', async () => {
  await onCopy(async (copy) => {
    rmSync(path.join(copy, 'wire', 'wire.ndjson'))
    const untapped = { ...plan, tap: false }
    const { gone, incomplete } = await measure({ store: runDirectory(copy), plan: untapped, events })
    expect(incomplete).toEqual([])
    expect(gone).toMatchObject([{ lastSeen: 'forwarder', firstMissing: 'destination', lines: 16 }])
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
    expect(accounting.totals).toMatchObject({ lost: 0, stranded: 204 })
    expect(gone).toEqual([])
    expect(incomplete).toEqual([problem])
    expect(await analyze(copy)).toMatchObject({
      verdict: 'inconclusive',
      summary: `This run proves nothing: ${problem}.`,
    })
  })
})
