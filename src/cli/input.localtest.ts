import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openWorkshop, smallScenario, type Workshop } from '../testing/program.js'

/** What is wrong before anything is started: said in words that name it, exit status 2, nothing on stdout. */

// Whole runs, some side by side: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 240_000 })

let workshop: Workshop
beforeAll(async () => {
  workshop = await openWorkshop()
  await workshop.write('tiny.ts', smallScenario('tiny'))
})
afterAll(() => workshop[Symbol.asyncDispose]())

async function refused(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await workshop.gapless(args)
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: '' })
  return stderr
}

describe.concurrent('a scenario file that', () => {
  test.each([
    ['does not parse', 'export default {', [/cannot be loaded: ParseError/, /\.ts:1:/]],
    ['throws', "\n\nthrow new Error('out of order')", [/cannot be loaded: out of order/, /\.ts:3:\d+/]],
    ['throws nothing sensible', 'throw null', [/cannot be loaded: null/]],
    [
      'has no default export',
      'export const scenario = {}',
      [/has no default export/, /export default defineScenario/],
    ],
    ['exports a function', 'export default () => 1', [/the default export: found a function/]],
    ['imports what is not there', "import './nothing.js'", [/Cannot find module '\.\/nothing\.js'/]],
    [
      'misspells an import',
      "import { defineScenari } from 'gapless'\nexport default defineScenari({})",
      [/gapless exports no defineScenari\. Did you mean "defineScenario"\?/],
    ],
    [
      'has wrong fields',
      `export default { name: 'No Name', load: { lines: '5', linesPerSecond: 0 }, nods: 1, drainDeadline: 'soon' }`,
      [
        /name: found "No Name"; lower-case words/,
        /proves: missing/,
        /load\.lines: found "5"; .*expected number/,
        /load\.linesPerSecond: found 0; .*>0/,
        /nods: there is no such field\. Did you mean "nodes"/,
        /drainDeadline: found "soon"; a duration such as 500ms/,
      ],
    ],
    [
      'misspells a knob',
      smallScenario('knob').replace('forwarder.flushInterval', 'forwarder.flushIntervall'),
      [/no knob "forwarder\.flushIntervall"\. Did you mean "forwarder\.flushInterval"/],
    ],
    [
      'has a fault on a node that is not there',
      smallScenario('node', "timeline: [g.at(g.sent(9), g.forwarder('node-2').kill())],"),
      [/there is no node-2\. Did you mean "node-1"\?/],
    ],
    [
      'combines what excludes each other',
      smallScenario('both').replace('knobs: {', "knobs: { 'forwarder.retryMaxTimes': 3,"),
      [/both: these knobs do not go together: .*retryForever=true and forwarder\.retryMaxTimes=3/],
    ],
  ])('%s', async (what, text, messages) => {
    const file = await workshop.write(`scenarios of others/${what}.ts`, text)
    const stderr = await refused('run', file)
    for (const message of messages) expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/should not have happened/)
  })

  test('is not there, or is a directory', async () => {
    await mkdir(path.join(workshop.directory, 'folder'))
    expect(await refused('run', './nothing.ts')).toMatch(
      `there is no scenario file ${workshop.directory}/nothing.ts`,
    )
    expect(await refused('run', './folder')).toMatch(`${workshop.directory}/folder is no file`)
  })
})

describe.concurrent('an argument that names', () => {
  test.each([
    [
      'an unknown scenario',
      ['contrl'],
      [/no scenario "contrl"\. Did you mean "control"\?/, /forwarder-killed/],
    ],
    ['a glob that fits nothing', ['x*'], [/no scenario "x\*"/]],
    ['an unknown testbed', ['tiny.ts', '--testbed', 'lokal'], [/no testbed "lokal"/, /Testbeds: .*local/]],
    ['an unknown profile', ['tiny.ts', '--profile', 'naiv'], [/Did you mean "naive"\?/, /hardened, naive/]],
    [
      'an unknown knob',
      ['tiny.ts', '--knob', 'forwarder.bufer=file'],
      [/no knob "forwarder\.bufer"\. Did you mean "forwarder\.buffer"\?/, /list --knobs/],
    ],
    [
      'a wrong value',
      ['tiny.ts', '--knob', 'forwarder.buffer=disk'],
      [/forwarder\.buffer: "disk" is not possible; it takes file, memory/],
    ],
    [
      'a wrong duration',
      ['tiny.ts', '--knob', 'forwarder.flushInterval=1'],
      [/forwarder\.flushInterval: "1" is not possible; it takes a duration such as 500ms/],
    ],
    ['a knob without value', ['tiny.ts', '--knob', 'forwarder.buffer'], [/write it as NAME=VALUE/]],
    [
      'knobs that exclude each other',
      ['tiny.ts', '--profile', 'naive', '--knob', 'forwarder.followInodes=true'],
      [/forwarder\.followInodes=true needs forwarder\.posFile=true/],
    ],
    [
      'a configuration that is not there',
      ['tiny.ts', '--knob', 'forwarder.config=nothing.conf'],
      [/forwarder\.config: cannot read .*a b, \[c\] \{d\}\/nothing\.conf: ENOENT/],
    ],
    ['a wrong seed', ['tiny.ts', '--seed', '-1'], [/--seed.*whole number from 0/]],
    ['a wrong count', ['tiny.ts', '--repeat', '0'], [/--repeat.*whole number from 1/]],
    ['a Fluentd that is too old', ['tiny.ts', '--fluentd', '1.2.3'], [/1\.9\.0 and later; 1\.2\.3 is older/]],
    [
      'a Fluentd that is not there',
      ['tiny.ts', '--fluentd', './gems'],
      [/--fluentd \.\/gems: there is neither/],
    ],
    ['an unknown option', ['tiny.ts', '--sead', '1'], [/unknown option '--sead'/]],
  ])('%s', async (_, args, messages) => {
    const stderr = await refused('run', ...args)
    for (const message of messages) expect(stderr).toMatch(message)
  })

  test('an unknown command', async () => {
    expect(await refused('lst')).toMatch(/unknown command 'lst'[^]*Did you mean list\?/)
  })

  test('no run, with and without --json', async () => {
    await workshop.write('other/plan.json', '{"schemaVersion":1,"resource_changes":[]}')
    expect(await refused('analyze', '/nonexistent')).toMatch('/nonexistent does not hold a run')
    expect(await refused('analyze', '--json', '.')).toMatch(
      'does not hold a run: it has no readable plan.json',
    )
    expect(await refused('analyze', 'other')).toMatch('plan.json is not the plan of a run')
    expect(await refused('analyze')).toMatch(/missing required argument 'RUN_DIR'/)
  })

  test('a wrong knob, with --json: there is no document, as there was no run', async () => {
    expect(await refused('run', 'tiny.ts', '--json', '--knob', 'x=1')).toMatch('no knob "x"')
  })
})

describe.concurrent('what there is', () => {
  test('--help lists the commands', async () => {
    const { exitCode, stdout } = await workshop.gapless(['--help'])
    expect(exitCode).toBe(0)
    for (const name of ['run', 'list', 'doctor', 'analyze', 'clean']) expect(stdout).toMatch(`\n  ${name} `)
  })

  test('list, as text and as JSON', async () => {
    const [text, json] = await Promise.all([workshop.gapless(['list']), workshop.gapless(['list', '--json'])])
    expect([text.exitCode, json.exitCode]).toEqual([0, 0])
    const entries = JSON.parse(json.stdout) as { name: string; proves: string; runsOn: string[] }[]
    expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['control', 'forwarder-killed']))
    for (const { name, proves, runsOn } of entries) {
      expect(text.stdout).toContain(`${name}\n  proves   ${proves}`)
      expect(runsOn).not.toEqual([])
    }
  })

  test('list --knobs says what each takes', async () => {
    const { exitCode, stdout } = await workshop.gapless(['list', '--knobs', '--json'])
    const knobs = JSON.parse(stdout) as Record<string, unknown>[]
    expect(exitCode).toBe(0)
    expect(knobs.find(({ name }) => name === 'forwarder.buffer')).toMatchObject({
      takes: 'file, memory',
      profiles: { hardened: 'file', naive: 'memory' },
    })
  })

  test('doctor finds what a run needs', async () => {
    const { exitCode, stdout } = await workshop.gapless(['doctor'])
    expect(exitCode, stdout).toBe(0)
    for (const what of ['Node', 'Ruby', 'Fluentd']) expect(stdout).toMatch(new RegExp(`ok +${what}: `))
  })

  test('clean, where nothing was left', async () => {
    const { exitCode, stdout } = await workshop.gapless(['clean'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing was left behind.' })
  })
})
