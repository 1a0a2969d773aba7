import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findMarked } from '../processes/clean.js'
import { isAlive, processRef } from '../processes/identity.js'
import { resultSchema } from '../store/result.js'
import {
  allGone,
  inTurns,
  openWorkshop,
  processesOf,
  smallScenario,
  type Outcome,
  type Workshop,
} from '../testing/program.js'
import { until } from '../until.js'

/** `kill -9` of gapless: nothing of its run runs on, or `gapless clean` ends it, and never anything else. */

interface Killed {
  readonly runId: string
  readonly directory: string
  readonly analyzed: Outcome
}

const phases = ['provision', 'deploy', 'warm-up', 'load', 'drain'] as const

// Whole runs, some side by side: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 240_000 })

let workshop: Workshop
let killed: ReadonlyMap<(typeof phases)[number], Killed>

beforeAll(async () => {
  workshop = await openWorkshop()
  const slow = smallScenario('slow').replace(
    "'aggregator.flushInterval': '200ms'",
    "'aggregator.flushInterval': '2s'",
  )
  await workshop.write('slow.ts', slow)
  killed = await inTurns(phases, 3, async (phase) => {
    const { pid, reached, ended } = workshop.start(phase, ['run', 'slow.ts'])
    const runId = await reached(phase)
    await until(`${runId} to be registered`, {
      timeoutMs: 30_000,
      intervalMs: 10,
      poll: () => existsSync(path.join(workshop.runsDirectory, `${runId}.ndjson`)) || undefined,
    })
    process.kill(pid, 'SIGKILL')
    await ended
    await allGone(runId)
    const directory = path.join(workshop.directory, phase, runId)
    return { runId, directory, analyzed: await workshop.gapless(['analyze', '--json', directory]) }
  })
})
afterAll(() => workshop[Symbol.asyncDispose]())

describe.each(phases)('in %s', (phase) => {
  test('everything of it ends, and the run can be judged: it proves nothing', () => {
    const { analyzed, runId } = killed.get(phase) ?? expect.fail('not killed')
    expect(analyzed.exitCode, analyzed.stderr).toBe(3)
    const document = JSON.parse(analyzed.stdout) as { verdict: string; runs: unknown[] }
    expect(document.verdict).toBe('inconclusive')
    const [result] = document.runs.map((run) => resultSchema.parse(run))
    expect(result).toMatchObject({ id: runId, verdict: 'inconclusive', totals: { lost: 0 } })
    expect(result?.reasons).toContain('the run was killed before its end')
  })
})

test('clean --dry-run says what clean then does, and changes nothing', async () => {
  const registered = readdirSync(workshop.runsDirectory)
  const runIds = [...killed.values()].map(({ runId }) => runId)
  expect([...killed].map(([phase, { runId }]) => [phase, registered.includes(`${runId}.ndjson`)])).toEqual(
    phases.map((phase) => [phase, true]),
  )
  const nodes = [...killed.values()].map(({ directory }) => path.join(directory, 'nodes')).filter(existsSync)
  expect(nodes.length).toBeGreaterThanOrEqual(phases.length - 1)

  const dry = await workshop.gapless(['clean', '--dry-run'])
  expect(dry.exitCode, dry.stderr).toBe(0)
  for (const runId of runIds) expect(dry.stdout).toContain(`${runId}: would end and remove`)
  for (const directory of nodes) expect(dry.stdout).toContain(directory)
  expect(readdirSync(workshop.runsDirectory)).toEqual(registered)
  expect(nodes.filter(existsSync)).toEqual(nodes)

  const clean = await workshop.gapless(['clean'])
  expect(clean.exitCode, clean.stderr).toBe(0)
  expect(clean.stdout).toBe(dry.stdout.replaceAll('would end and remove', 'ended and removed'))
  expect(readdirSync(workshop.runsDirectory)).toEqual([])
  expect(nodes.filter(existsSync)).toEqual([])
  for (const { directory } of killed.values())
    expect(existsSync(path.join(directory, 'plan.json'))).toBe(true)
  expect((await workshop.gapless(['clean'])).stdout).toBe('Nothing was left behind.')
})

test('clean ends what cannot end by itself, and neither strangers nor a run that is under way', async () => {
  const victim = workshop.start('victim', ['run', 'slow.ts'])
  const runId = await victim.reached('warm-up')
  // A supervisor that stands still cannot see that gapless is gone.
  const supervisors = findMarked(runId).filter(({ command }) => command.includes('node/main'))
  expect(supervisors).toHaveLength(1)
  for (const { pid } of supervisors) process.kill(pid, 'SIGSTOP')
  process.kill(victim.pid, 'SIGKILL')
  await victim.ended

  const other = workshop.start('other', ['run', 'slow.ts'])
  const otherId = await other.reached('deploy')
  // A process that has the number of one that the run once had, and another that talks of the run.
  const strangers = [
    spawn('sleep', ['100'], { env: { ...process.env, GAPLESS_RUN_ID: 'another-run' } }),
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e5)', runId]),
  ]
  const [reused, talker] = strangers.map(({ pid = 0 }) => processRef(pid))
  if (!reused || !talker) expect.fail('the strangers did not start')
  const forged = { type: 'process', role: 'collector', process: { ...reused, startTime: '1' } }
  appendFileSync(path.join(workshop.runsDirectory, `${runId}.ndjson`), `${JSON.stringify(forged)}\n`)

  const ours = (await processesOf(runId)).filter((line) => !line.startsWith(`${String(talker.pid)} `))
  expect(ours.length).toBeGreaterThan(0)
  const clean = await workshop.gapless(['clean'])
  try {
    expect(clean.exitCode, clean.stderr).toBe(0)
    expect(clean.stdout).toContain(`${runId}: ended and removed process `)
    expect(clean.stdout).not.toContain(otherId)
    expect(await processesOf(runId)).toEqual([expect.stringContaining(String(talker.pid))])
    expect([isAlive(reused), isAlive(talker)]).toEqual([true, true])
  } finally {
    for (const stranger of strangers) stranger.kill('SIGKILL')
  }
  const { exitCode, stdout } = await other.ended
  expect(exitCode, stdout).toBe(0)
  expect(await processesOf(otherId)).toEqual([])
})

test('--keep leaves the pipeline running until clean', async () => {
  const { reached, ended } = workshop.start('kept', ['run', 'slow.ts', '--keep'])
  const runId = await reached('deploy')
  expect((await ended).exitCode).toBe(0)
  expect((await processesOf(runId)).filter((line) => line.includes('fluentd')).length).toBeGreaterThan(1)
  expect((await workshop.gapless(['clean'])).stdout).toContain(`${runId}: ended and removed process `)
  expect(await processesOf(runId)).toEqual([])
})
