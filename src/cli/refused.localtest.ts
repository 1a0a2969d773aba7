import { execa } from 'execa'
import { existsSync } from 'node:fs'
import { mkdir, readFile, realpath, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { resultSchema } from '../store/result.js'
import { openWorkshop, processesOf, readJson, smallScenario, type Workshop } from '../testing/program.js'

/** What only shows once a run has begun: said with the place and what to do, exit status 2, nothing left running. */

// Whole runs, some side by side: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 240_000 })

let workshop: Workshop
beforeAll(async () => {
  workshop = await openWorkshop()
  await workshop.write('tiny.ts', smallScenario('tiny'))
})
afterAll(() => workshop[Symbol.asyncDispose]())

/** Runs the scenario; resolves to what was said on stderr and the directory of the run, which must be over. */
async function refused(out: string, ...args: string[]) {
  const { exitCode, stdout, stderr } = await workshop.gapless([
    'run',
    'tiny.ts',
    '--json',
    '--out',
    out,
    ...args,
  ])
  expect({ exitCode, stdout: JSON.parse(stdout) as unknown }, stderr).toEqual({
    exitCode: 2,
    stdout: { verdict: 'inconclusive', runs: [] },
  })
  const latest = path.join(workshop.directory, out, 'latest')
  const directory = existsSync(latest) ? await realpath(latest) : undefined
  if (directory !== undefined) expect(await processesOf(path.basename(directory))).toEqual([])
  return { stderr, directory }
}

describe.concurrent('Fluentd', () => {
  test('refuses a whole configuration: its own words, the file, and what it was given', async () => {
    const file = await workshop.write('own.conf', '<source>\n  @type tail\n  path /nowhere\n</source>\n')
    const { stderr, directory } = await refused('whole', '--knob', 'forwarder.config=own.conf')
    expect(stderr).toMatch(
      /Fluentd of the forwarder on node-1 did not start\. It said:\n.*<parse> section is required/,
    )
    const kept = path.join(directory ?? '', 'fluentd', 'fluentd-forwarder-node-1.conf')
    expect(stderr).toContain(`Its configuration: ${kept} (forwarder.config: ${file})`)
    expect(await readFile(kept, 'utf8')).toContain(await readFile(file, 'utf8'))
    expect(await readFile(kept.replace('.conf', '.log'), 'utf8')).toContain('<parse> section is required')
  })

  test('refuses a snippet', async () => {
    const { stderr, directory } = await refused(
      'snippet',
      '--knob',
      'aggregator.snippet=<filter **>\n  @type nothing\n</filter>',
    )
    expect(stderr).toMatch(
      /Fluentd of the aggregator did not start\. It said:\n.*Unknown filter plugin 'nothing'/,
    )
    const kept = path.join(directory ?? '', 'fluentd', 'fluentd-aggregator-0.conf')
    expect(stderr).toContain(`Its configuration: ${kept} (with aggregator.snippet)`)
    expect(await readFile(kept, 'utf8')).toContain('<filter **>\n  @type nothing\n</filter>\n')
  })

  test.each([
    ['forward', (port: number) => `@type forward\n  bind 127.0.0.1\n  port ${String(port)}`],
    ['monitor_agent', (port: number) => `@type monitor_agent\n  bind 127.0.0.1\n  port ${String(port)}`],
  ])('finds its port taken: in_%s', async (plugin, parameters) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      const file = await workshop.write(
        `${plugin}.conf`,
        `<source>\n  ${parameters(port)}\n</source>\n<match **>\n  @type null\n</match>\n`,
      )
      const { stderr } = await refused(plugin, '--knob', `aggregator.config=${file}`)
      expect(stderr).toMatch(/Fluentd of the aggregator did not start/)
      expect(stderr).toMatch(/Address already in use/)
      expect(stderr).toContain(file)
    } finally {
      server.close()
    }
  })
})

describe.concurrent('--out', () => {
  test('lies below a file', async () => {
    await workshop.write('file', '')
    const { stderr } = await refused('file/reports')
    expect(stderr).toMatch(
      /cannot write to .*\/file\/reports\/.*: ENOTDIR[^]*choose another place with --out DIR/,
    )
  })

  test.runIf(existsSync('/proc/self'))('lies where nothing can be made', async () => {
    const { stderr } = await refused('/proc/reports')
    expect(stderr).toMatch(
      /cannot write to \/proc\/reports\/.*: ENOENT[^]*choose another place with --out DIR/,
    )
  })
})

/** A disk of its own size, where the system lets one be mounted. */
async function smallDisk(
  name: string,
  size: string,
): Promise<(AsyncDisposable & { path: string }) | undefined> {
  const disk = path.join(workshop.directory, name)
  await mkdir(disk)
  const { failed } = await execa('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], {
    reject: false,
  })
  if (failed) return undefined
  return {
    path: disk,
    async [Symbol.asyncDispose]() {
      await execa('umount', [disk])
      await rm(disk, { recursive: true })
    },
  }
}

describe.concurrent('the disk is full', () => {
  test('at the start', async (context) => {
    const disk = await smallDisk('tiny disk', '16k')
    if (!disk) return context.skip('a disk of a certain size can only be mounted by root on Linux')
    context.onTestFinished(() => disk[Symbol.asyncDispose]())
    const { stderr } = await refused('tiny disk')
    expect(stderr).toMatch(/cannot write to .*\/tiny disk\/.*: no space left on its disk[^]*--out DIR/)
  })

  test('during the load: what was measured until then is kept, and lines that were dropped are not held against the pipeline', async (context) => {
    const disk = await smallDisk('small disk', '600k')
    if (!disk) return context.skip('a disk of a certain size can only be mounted by root on Linux')
    context.onTestFinished(() => disk[Symbol.asyncDispose]())
    const long = smallScenario('long').replace(
      'lines: 300, linesPerSecond: 300',
      'lines: 9000, linesPerSecond: 1000',
    )
    await workshop.write('tiny-long.ts', long)
    const { exitCode, stderr } = await workshop.gapless(['run', './tiny-long.ts', '--out', disk.path])
    expect(exitCode, stderr).toBe(2)
    expect(stderr).toMatch(/cannot write to .*\/small disk\/.*: no space left on its disk[^]*--out DIR/)
    const directory = await realpath(path.join(disk.path, 'latest'))
    expect(await processesOf(path.basename(directory))).toEqual([])
    const result = resultSchema.parse(await readJson(directory, 'result.json'))
    expect(result).toMatchObject({ verdict: 'inconclusive', totals: { lost: 0 } })
    expect(result.totals.delivered).toBeGreaterThan(0)
    expect(result.reasons[0]).toMatch(/no space left/)
  })
})
