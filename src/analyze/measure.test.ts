import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../package-root.js'
import { readEvents, readPlan, runDirectory } from '../store/run-directory.js'
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

test.each(['arrivals.ndjson', 'sent.ndjson'])('where %s was torn nothing is lost', async (ledger) => {
  const copy = mkdtempSync(path.join(tmpdir(), 'gapless measure '))
  try {
    cpSync(stored, copy, { recursive: true })
    appendFileSync(path.join(copy, 'collector', ledger), '{"atMs":179')
    const { accounting, gone, cutOff } = await measure({ store: runDirectory(copy), plan, events })
    expect(accounting.totals).toMatchObject({ lost: 0, stranded: 319 })
    expect(gone).toEqual([])
    expect(cutOff).toEqual([ledger])
  } finally {
    rmSync(copy, { recursive: true })
  }
})
