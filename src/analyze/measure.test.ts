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
