import { Ajv2020 } from 'ajv/dist/2020.js'
import { appendFileSync, readdirSync, readFileSync, realpathSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { packageRoot } from '../package-root.js'
import { resultSchema, type Result } from '../store/result.js'
import { copyRun, inTurns, openWorkshop, readJson, smallScenario, type Workshop } from '../testing/program.js'
import { recount, recountNoise } from '../testing/recount.js'

/** Real runs, several at once and into one place: their verdicts, exit statuses, documents, and an independent count. */

const runs = {
  pass: ['forwarder-killed', '--seed', '11'],
  fail: ['forwarder-killed', '--seed', '11', '--profile', 'naive'],
  inconclusive: ['./never.ts'],
  hostile: ['./hostile.ts', '--seed', '7'],
} as const
type Name = keyof typeof runs
const names = Object.keys(runs) as Name[]
const exitCodes = { pass: 0, fail: 1, inconclusive: 3, hostile: 0 }
const verdicts = { pass: 'pass', fail: 'fail', inconclusive: 'inconclusive', hostile: 'pass' }

interface Finished {
  readonly exitCode: number | undefined
  readonly stderr: string
  readonly document: { readonly verdict: string; readonly runs: readonly Result[] }
  readonly directory: string
}

// Whole runs, some side by side: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 240_000 })

let workshop: Workshop
let finished: ReadonlyMap<Name, Finished>

beforeAll(async () => {
  workshop = await openWorkshop()
  await workshop.write(
    'never.ts',
    smallScenario('never', 'timeline: [g.at(g.collector.holds(), g.forwarder("node-1").kill())],'),
  )
  const hostile = smallScenario('hostile', 'expect: { lost: g.none, unexpected: g.any, corrupted: g.any },')
  await workshop.write(
    'hostile.ts',
    hostile.replace(
      'lines: 300, linesPerSecond: 300',
      "lines: 3000, linesPerSecond: 'max', noise: 'hostile'",
    ),
  )
  finished = await inTurns(names, 3, async (name) => {
    const args = ['run', ...runs[name], '--json', '--out', 'reports']
    const { exitCode, stdout, stderr } = await workshop.gapless(args)
    const document = JSON.parse(stdout) as Finished['document']
    const [run] = document.runs
    return { exitCode, stderr, document, directory: path.join(workshop.directory, 'reports', run?.id ?? '') }
  })
})
afterAll(() => workshop[Symbol.asyncDispose]())

function of(name: Name): Finished & { readonly result: Result } {
  const run = finished.get(name) ?? expect.fail(`${name} did not run`)
  return { ...run, result: run.document.runs[0] ?? expect.fail(run.stderr) }
}

describe.each(names)('%s', (name) => {
  test('has its verdict and exit status, and one document on stdout as in result.json', async () => {
    const { exitCode, document, directory, stderr, result } = of(name)
    expect({ exitCode, verdict: document.verdict, runs: document.runs.length }, stderr).toEqual({
      exitCode: exitCodes[name],
      verdict: verdicts[name],
      runs: 1,
    })
    expect(result).toEqual(await readJson(directory, 'result.json'))
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(
      (await readJson(packageRoot, 'fixtures/result.schema.json')) as object,
    )
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true)
  })

  test('is counted as an independent count of the raw files does', async () => {
    const { directory, result } = of(name)
    const { runToken } = (await readJson(directory, 'plan.json')) as { runToken: string }
    const counted = await recount(directory, runToken)
    expect(counted.size).toBe(result.streams.length)
    for (const { stream, sent, delivered, duplicated, lost, lostRanges, stranded } of result.streams) {
      const { missing, ...numbers } = counted.get(stream) ?? expect.fail(`${stream} is not in the raw files`)
      expect({ stream, sent, delivered, duplicated }).toEqual({ stream, ...numbers })
      expect(stranded).toBe(0)
      expect(lostRanges).toEqual(missing)
      expect(lost).toBe(sent - delivered)
    }
  })

  test('is judged again to the same result, also from a copy elsewhere', async () => {
    const { directory, result, exitCode, document } = of(name)
    const copy = await copyRun(directory, path.join(workshop.directory, `copy of ${name}`))
    const again = await workshop.gapless(['analyze', '--json', name === 'fail' ? directory : copy])
    expect(again.exitCode, again.stderr).toBe(exitCode)
    expect(JSON.parse(again.stdout)).toEqual({ verdict: document.verdict, runs: [result] })
  })
})

test('the killed forwarder found the chunks of its former life, also below a directory named [c]', () => {
  const evidence = path.join(of('pass').directory, 'evidence', 'fluentd-forwarder-node-1')
  const left = readdirSync(evidence, { recursive: true }).map(String)
  expect(left.filter((name) => name.includes('buffer.'))).toEqual([])
})

test('the naive run lost lines, and the hardened one none', () => {
  expect(of('pass').result.totals.lost).toBe(0)
  expect(of('fail').result.totals.lost).toBeGreaterThan(0)
  expect(of('pass').result.seed).toBe(of('fail').result.seed)
})

test('the fault that never happened is the reason', () => {
  expect(of('inconclusive').result.reasons.join()).toMatch(/never happened.*the collector holds a request/)
})

test('hostile lines are told from those of the run', async () => {
  const { directory, result } = of('hostile')
  const { runToken } = (await readJson(directory, 'plan.json')) as { runToken: string }
  const { unexpected, corrupted } = result.totals
  expect({ unexpected, corrupted }).toEqual(await recountNoise(directory, runToken))
  expect(unexpected).toBeGreaterThan(10)
  expect(corrupted).toBeGreaterThan(10)
  expect(readFileSync(path.join(directory, 'report.html'), 'utf8')).not.toContain(
    "<script>alert('not from here')",
  )
})

test('`latest` points to one of the runs', () => {
  const latest = realpathSync(path.join(workshop.directory, 'reports', 'latest'))
  expect(names.map((name) => realpathSync(of(name).directory))).toContain(latest)
})

describe.concurrent('a stored run that was damaged', () => {
  async function judged(what: string, damage: (file: (name: string) => string) => void) {
    const copy = await copyRun(of('hostile').directory, path.join(workshop.directory, what))
    damage((name) => path.join(copy, name))
    const { exitCode, stdout, stderr } = await workshop.gapless(['analyze', '--json', copy])
    if (exitCode === 2) return { exitCode, stdout, stderr, result: undefined }
    const { runs: again } = JSON.parse(stdout) as { runs: unknown[] }
    return { exitCode, stdout, stderr, result: resultSchema.parse(again[0]) }
  }
  const cutOff = (file: string) => {
    truncateSync(file, readFileSync(file).length - 5)
  }

  test('by a last event that was cut off: it counts as killed', async () => {
    const { exitCode, result } = await judged('cut event', (file) => cutOff(file('events.ndjson')))
    expect(exitCode).toBe(3)
    expect(result?.reasons).toEqual(['the run was killed before its end'])
    expect(result?.totals).toEqual(of('hostile').result.totals)
  })

  test('by an event that cannot be read', async () => {
    const { exitCode, result } = await judged('torn event', (file) => {
      const [first = '', ...rest] = readFileSync(file('events.ndjson'), 'utf8').split('\n')
      writeFileSync(file('events.ndjson'), [first, '{"type":"pha', ...rest].join('\n'))
    })
    expect({ exitCode, reasons: result?.reasons }).toEqual({
      exitCode: 3,
      reasons: ['line 2 of events.ndjson is damaged'],
    })
  })

  test('by a last sample that was cut off: nothing that counts', async () => {
    const { exitCode } = await judged('cut sample', (file) => {
      appendFileSync(file('collector/samples.ndjson'), '{"atMs":17')
    })
    expect(exitCode).toBe(0)
  })

  test('by a last arrival that was cut off: it proves nothing', async () => {
    const { exitCode } = await judged('cut arrival', (file) => cutOff(file('collector/arrivals.ndjson')))
    expect(exitCode).toBe(3)
  })

  test('by a report of lines sent that was cut off', async () => {
    const { exitCode } = await judged('cut sent', (file) => cutOff(file('collector/sent.ndjson')))
    expect(exitCode).toBe(3)
  })

  test('by a ledger line that cannot be read: the file and the line are named', async () => {
    const { exitCode, stderr } = await judged('torn ledger', (file) => {
      const text = readFileSync(file('collector/arrivals.ndjson'), 'utf8')
      writeFileSync(file('collector/arrivals.ndjson'), `nonsense\n${text}`)
    })
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/arrivals\.ndjson/)
  })
})
