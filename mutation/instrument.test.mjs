import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { measure } from '../src/analyze/measure.ts'
import { packageRoot } from '../src/package-root.ts'
import { checkItself } from '../src/selfcheck/check.ts'
import { readEvents, readPlan, runDirectory } from '../src/store/run-directory.ts'
import { writeRun } from '../src/testing/random-run.ts'

/** The self-check by itself, over evidence that is stored and evidence that is made up, as a run has it. */

test('the stored run', async () => {
  const directory = `${packageRoot}fixtures/stored-run/run`
  const store = runDirectory(directory)
  const check = await checkItself({
    store,
    plan: readPlan(directory),
    events: readEvents(directory),
    measure,
  })
  expect(check).toMatchObject({ ok: true, problems: [] })
})

const fates = [
  'fine',
  'fine',
  'lost',
  'fine',
  'fine',
  'twice',
  'fine',
  'held',
  'fine',
  'late',
  'fine',
  'unread',
  'fine',
]
const many = Array.from({ length: 150 }, (_, index) => (index % 25 < 13 ? fates[index % 25] : 'fine'))
const run = {
  seed: 11,
  fates: [many, many],
  unreported: 3,
  lineBytes: 90,
  perRequest: 40,
  noise: '@gapless:',
  glued: false,
  positions: true,
  tap: 'acknowledged',
  direct: false,
  split: true,
  packed: false,
  logsWereRemoved: false,
  drained: true,
  torn: false,
  lateAfterMs: null,
}

test.each([
  ['a tap and position files', {}],
  ['neither', { tap: 'none', positions: false, logsWereRemoved: true, noise: 'noise', glued: true }],
])('a run with %s', async (_, change) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'gapless-mutation-run-'))
  try {
    expect(await checkItself({ ...writeRun(directory, { ...run, ...change }), measure })).toMatchObject({
      ok: true,
      problems: [],
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
})
