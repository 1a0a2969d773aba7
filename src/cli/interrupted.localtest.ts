import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { phases as allPhases, type Phase } from '../store/events.js'
import { resultSchema } from '../store/result.js'
import {
  eventsOf,
  inTurns,
  openWorkshop,
  processesOf,
  readJson,
  smallScenario,
  type Outcome,
  type Workshop,
} from '../testing/program.js'

/** Ctrl-C: everything ends, what was measured is kept and judged as far as it goes, exit status 130. */

interface Interrupted extends Outcome {
  readonly runId: string
  readonly directory: string
  /** What still ran when gapless had just ended. */
  readonly left: readonly string[]
}

/** Loaded for 2 s, drained for some more. */
const slow = smallScenario('slow').replace(
  "'aggregator.flushInterval': '200ms'",
  "'aggregator.flushInterval': '2s'",
)
const phases = ['provision', 'deploy', 'warm-up', 'load', 'drain'] as const
const group = 'its process group, as a terminal does'
const cases: readonly { readonly phase: Phase; readonly whom: string }[] = [
  ...phases.map((phase) => ({ phase, whom: group })),
  { phase: 'deploy', whom: 'gapless alone' },
  { phase: 'load', whom: 'gapless alone' },
]
const measured = cases.filter(({ phase }) => phase === 'load' || phase === 'drain')

// Whole runs, some side by side: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 240_000 })

let workshop: Workshop
let outcomes: ReadonlyMap<(typeof cases)[number], Interrupted>

beforeAll(async () => {
  workshop = await openWorkshop()
  const file = await workshop.write('slow.ts', slow.replace('lines: 300', 'lines: 600'))
  outcomes = await inTurns(cases, 4, async ({ phase, whom }, index) => {
    const out = `out ${String(index)}`
    const { pid, reached, ended } = workshop.start(out, ['run', file])
    const runId = await reached(phase)
    process.kill(whom === group ? -pid : pid, 'SIGINT')
    const outcome = await ended
    const directory = path.join(workshop.directory, out, runId)
    return { ...outcome, runId, directory, left: await processesOf(runId) }
  })
})
afterAll(() => workshop[Symbol.asyncDispose]())

function outcomeOf(interrupted: (typeof cases)[number]): Interrupted {
  const outcome = outcomes.get(interrupted)
  if (outcome) return outcome
  throw new Error(`${interrupted.phase} was not interrupted`)
}

/** The phase that it was in by then: the one that was waited for, or one that had followed it in the meantime. */
async function interruptedIn({ directory }: Interrupted, phase: Phase): Promise<Phase> {
  const entered = (await eventsOf(directory)).flatMap((event) =>
    event.type === 'phase' ? [event.phase] : [],
  )
  const last =
    entered.findLast((name) => name !== 'teardown' && name !== 'report') ?? expect.fail('it never began')
  expect(allPhases.indexOf(last)).toBeGreaterThanOrEqual(allPhases.indexOf(phase))
  return last
}

describe.each(cases)('in $phase, to $whom', (interrupted) => {
  test('exits with 130 and leaves nothing behind', () => {
    const { exitCode, stderr, stdout, left, directory } = outcomeOf(interrupted)
    expect(exitCode, stderr + stdout).toBe(130)
    expect(stderr).toContain('Interrupted: tidying up')
    expect(stderr).not.toMatch(/should not have happened/)
    expect(left).toEqual([])
    expect(existsSync(path.join(directory, 'nodes'))).toBe(false)
  })

  test('keeps the plan and what happened', async () => {
    const { directory, runId } = outcomeOf(interrupted)
    expect(await readJson(directory, 'plan.json')).toMatchObject({ id: runId, scenario: 'slow' })
    const events = await eventsOf(directory)
    const phase = await interruptedIn(outcomeOf(interrupted), interrupted.phase)
    expect(events.filter(({ type }) => type === 'interrupted')).toMatchObject([{ phase }])
    expect(events.at(-1)).toMatchObject({ type: 'ended' })
  })

  test('is judged inconclusive', async () => {
    const outcome = outcomeOf(interrupted)
    const { directory } = outcome
    const result = resultSchema.parse(await readJson(directory, 'result.json'))
    expect(result.verdict).toBe('inconclusive')
    const phase = await interruptedIn(outcome, interrupted.phase)
    expect(result.reasons[0]).toBe(`interrupted during ${phase}`)
    expect(result.totals.lost).toBe(0)
    expect(existsSync(path.join(directory, 'report.html'))).toBe(true)
  })
})

test.each(measured)('what was measured in $phase is kept, to $whom', async (interrupted) => {
  const result = resultSchema.parse(await readJson(outcomeOf(interrupted).directory, 'result.json'))
  expect(result.totals.sent).toBeGreaterThanOrEqual(interrupted.phase === 'drain' ? 600 : 10)
  expect(result.totals.delivered).toBeGreaterThan(0)
  expect(result.totals.delivered + result.totals.stranded).toBe(result.totals.sent)
})

test('all runs have been taken out of the registry', () => {
  expect(readdirSync(workshop.runsDirectory)).toEqual([])
})

test('a second Ctrl-C quits at once', async () => {
  const { pid, reached, ended } = workshop.start('twice', ['run', 'slow.ts'])
  const runId = await reached('warm-up')
  process.kill(pid, 'SIGINT')
  process.kill(pid, 'SIGINT')
  expect((await ended).exitCode).toBe(130)
  const clean = await workshop.gapless(['clean'])
  expect({ exitCode: clean.exitCode, left: await processesOf(runId) }).toEqual({ exitCode: 0, left: [] })
})
