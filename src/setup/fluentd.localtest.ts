import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from './which.js'

/**
 * Set-up as somebody meets it: the compiled program in processes of its own, a cache of its own, and one real
 * installation of Fluentd that is killed half-way, begun anew twice at once, and then used for everything else.
 */
const compiled = join(import.meta.dirname, '..', '..', 'dist', 'setup')
const ask = `
import { ensureFluentd, parseFluentdRequest } from ${JSON.stringify(join(compiled, 'fluentd.js'))}
import { stderrProgress } from ${JSON.stringify(join(compiled, 'progress.js'))}
try {
  console.log(JSON.stringify(await ensureFluentd(parseFluentdRequest(process.argv[1]), stderrProgress())))
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint, command: error.command }))
}`

interface Answer {
  readonly version?: string
  readonly command?: readonly string[] | string
  readonly env?: Readonly<Record<string, string>>
  readonly notes?: readonly string[]
  readonly code?: string
  readonly message?: string
  readonly hint?: string
}

let scratch: string
let cache: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gapless-setup-'))
  // With a space, as home directories on some machines have one.
  cache = join(scratch, 'the cache')
})

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

function start(request: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const args = ['--input-type=module', '--eval', ask, '--', request]
  return spawn(process.execPath, args, {
    env: { ...process.env, GAPLESS_CACHE: cache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function finish(child: ChildProcess): Promise<{ answer: Answer; told: string }> {
  let out = ''
  let told = ''
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr?.on('data', (data: Buffer) => (told += data.toString()))
  await once(child, 'close')
  return { answer: JSON.parse(out) as Answer, told }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 120_000
  while (!isSo()) {
    if (Date.now() > deadlineMs) throw new Error(`Waited 120 s for ${what}`)
    await sleep(20)
  }
}

/** Names below the cache's folder of versions, for the one Ruby that is used here. */
function versions(): readonly string[] {
  const parent = join(cache, 'fluentd')
  if (!existsSync(parent)) return []
  const abi = readdirSync(parent).find((name) => name !== 'releases.json' && !name.endsWith('.new'))
  return abi === undefined ? [] : readdirSync(join(parent, abi))
}

/** How many processes those who hold a lock say that they have started. */
function claimedChildren(): number {
  const locks = join(cache, 'locks')
  if (!existsSync(locks)) return 0
  const claims = readdirSync(locks, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.claim'))
  const children = claims.flatMap((name) => {
    const claim = JSON.parse(readFileSync(join(locks, name), 'utf8')) as { children: unknown[] }
    return claim.children
  })
  return children.length
}

function script(name: string, text: string): string {
  const path = join(scratch, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

// Compiled, and twice; how long that takes is the machine's and the network's affair.
describe('an installation', { timeout: 600_000 }, () => {
  test('that is killed half-way is done anew, once, by two that start together', async () => {
    const killed = start('1.16.11')
    await until('the installation to begin', () => versions().some((name) => name.startsWith('.making-')))
    await until('gem to be at work, and known to whoever comes next', () => claimedChildren() > 0)
    killed.kill('SIGKILL')
    await once(killed, 'close')
    expect(versions()).not.toContain('1.16.11')

    const both = await Promise.all([finish(start('1.16.11')), finish(start('1.16.11'))])
    expect(both.map(({ answer }) => answer.version)).toEqual(['1.16.11', '1.16.11'])
    const told = both.map((one) => one.told).join('')
    expect(told.match(/Installing Fluentd 1\.16\.11/g)).toHaveLength(1)
    expect(told).toMatch(
      /Another installation of Fluentd 1\.16\.11 is under way \(process \d+\); waiting for it\./,
    )
    expect(versions()).toEqual(['1.16.11'])
  })

  test('that is done is found again without a word', async () => {
    const { answer, told } = await finish(start('1.16.11'))
    expect(answer.version).toBe('1.16.11')
    expect(told).toBe('')
  })

  test('a gem folder and a checkout of the sources can be named by path', async () => {
    const { answer: installed } = await finish(start('1.16.11'))
    const home = installed.env?.GEM_HOME ?? ''
    const { answer: folder } = await finish(start(home))
    expect(folder).toMatchObject({ version: '1.16.11', env: { GEM_HOME: home, GEM_PATH: home } })

    const checkout = join(scratch, 'my fluentd')
    cpSync(join(home, 'gems', 'fluentd-1.16.11'), checkout, { recursive: true })
    const { answer } = await finish(start(checkout))
    expect(answer).toMatchObject({
      version: '1.16.11',
      env: { GEM_HOME: home, RUBYLIB: join(checkout, 'lib') },
      notes: [`Fluentd runs from its sources in ${checkout}, with the gems of 1.16.11`],
    })
  })
})

describe('a Fluentd named by path', { timeout: 120_000 }, () => {
  test('a program runs with the environment as it is', async () => {
    const path = script('bin/td-agent', '#!/bin/sh\necho "td-agent 4.5.0 fluentd 1.16.1 (abc)"\n')
    const { answer } = await finish(start(path))
    expect(answer).toEqual({ version: '1.16.1', rubyVersion: 'unknown', command: [path], env: {}, notes: [] })
  })

  test.each([
    [
      'too old',
      '#!/bin/sh\necho fluentd 1.8.1\n',
      /is 1\.8\.1; gapless works with Fluentd 1\.9\.0 and later\.$/,
    ],
    ['something else', '#!/bin/sh\necho hello\n', /to --version it answers 'hello', which is no Fluentd\.$/],
    ['one that fails', '#!/bin/sh\necho no such gem >&2; exit 1\n', /it does not start\.\n {2}no such gem$/],
  ])('%s is refused', async (_case, text, message) => {
    const { answer } = await finish(start(script('refused', text)))
    expect(answer.code).toBe('requirement-missing')
    expect(answer.message).toMatch(message)
  })

  test('nothing, a file that is no program, and a folder without bin/fluentd are refused', async () => {
    const plain = join(scratch, 'plain.txt')
    writeFileSync(plain, 'text')
    const answers = await Promise.all(
      [join(scratch, 'nothing'), plain, scratch].map(
        async (path) => (await finish(start(path))).answer.message,
      ),
    )
    expect(answers).toEqual([
      `--fluentd ${join(scratch, 'nothing')}: there is neither a file nor a folder of this name.`,
      `--fluentd ${plain}: this file is not executable.`,
      `--fluentd ${scratch}: this folder has no bin/fluentd.`,
    ])
  })
})

describe('where something is missing', { timeout: 120_000 }, () => {
  test('without a network it is said who does not answer, and what to do', async () => {
    const home = join(scratch, 'home')
    mkdirSync(home, { recursive: true })
    const gemrc = join(home, '.gemrc')
    writeFileSync(gemrc, '---\n:sources:\n- http://127.0.0.1:9/\n')
    const elsewhere = { GAPLESS_CACHE: join(scratch, 'empty cache'), HOME: home, GEMRC: gemrc }
    const { answer } = await finish(start('1.16.4', elsewhere))
    expect(answer.code).toBe('setup-failed')
    expect(answer.message).toContain("The gem index cannot be asked for Fluentd's releases.")
    expect(answer.message).toContain('127.0.0.1:9')
    expect(answer.hint).toContain('--fluentd PATH')
  })

  test('with a cache that cannot be written it is said which, and how to choose another', async () => {
    const file = join(scratch, 'a file')
    writeFileSync(file, '')
    const { answer } = await finish(start('1.16.4', { GAPLESS_CACHE: join(file, 'cache') }))
    expect(answer.code).toBe('setup-failed')
    expect(answer.message).toMatch(/^Set-up cannot write its cache: ENOTDIR/)
    expect(answer.command).toBe('export GAPLESS_CACHE=/a/folder/of/yours')
  })

  test('without Ruby it is said what to type', async () => {
    // A PATH with nothing in it but Node, so that nothing can be installed either.
    const bin = join(scratch, 'only-node')
    mkdirSync(bin, { recursive: true })
    symlinkSync(findProgram('node') ?? process.execPath, join(bin, 'node'))
    const { answer } = await finish(start('1.16.4', { PATH: bin }))
    expect(answer.code).toBe('requirement-missing')
    expect(answer.message).toBe(
      "Fluentd needs Ruby, Ruby's headers, a C compiler with its libraries and make, missing here.",
    )
  })
})
