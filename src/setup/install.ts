import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Lock } from '../../setup/lock.mjs'
import { runLogged } from '../../setup/run-logged.mjs'
import { GaplessError } from '../errors.js'
import { cacheDirectory, fluentdVersionsDirectory, lockDirectory, logFile } from './cache.js'
import { companionGems, mendsFor } from './compatibility.js'
import { readJson, writeJson } from './json-file.js'
import { withLock } from './lock.js'
import type { SetupProgress } from './progress.js'
import { noNetworkHint } from './releases.js'
import { rubyEnvironment, type Ruby } from './ruby.js'
import { compareVersions, isExactVersion } from './versions.js'

const stampSchema = z.object({ fluentd: z.string(), ruby: z.string(), notes: z.array(z.string()) })

/** A Fluentd in gapless's own cache: a gem folder that holds nothing else. */
export interface InstalledFluentd {
  readonly version: string
  readonly directory: string
  /** What is not as it was released. */
  readonly notes: readonly string[]
}

/** The version, if it is installed for this Ruby. Its folder appears only when everything in it is done. */
export function findInstalled(ruby: Ruby, version: string): InstalledFluentd | undefined {
  const directory = join(fluentdVersionsDirectory(cacheDirectory(), ruby.abi), version)
  const stamp = readJson(join(directory, 'gapless.json'), stampSchema)
  return stamp === undefined ? undefined : { version, directory, notes: stamp.notes }
}

/** All that are installed for this Ruby, oldest first. */
export function listInstalled(ruby: Ruby): readonly InstalledFluentd[] {
  let names: readonly string[] = []
  try {
    names = readdirSync(fluentdVersionsDirectory(cacheDirectory(), ruby.abi))
  } catch {
    // Nothing was installed yet.
  }
  return names
    .filter(isExactVersion)
    .toSorted(compareVersions)
    .flatMap((version) => findInstalled(ruby, version) ?? [])
}

/**
 * What a program needs to run with the gems of this folder and no others. Options for Ruby that the user has set for
 * something else (bundler does) are replaced by Ruby's default; an empty RUBYOPT would stop older versions of Fluentd.
 */
export function gemEnvironment(
  directory: string,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  return {
    GEM_HOME: directory,
    GEM_PATH: directory,
    ...(env.RUBYOPT === undefined ? {} : { RUBYOPT: '-W1' }),
    ...(env.RUBYLIB === undefined ? {} : { RUBYLIB: '' }),
  }
}

/**
 * Installs a version into a temporary folder beside and renames it when Fluentd has shown that it starts, so that
 * no interruption leaves half of one that looks whole. Throws 'setup-failed' with gem's last lines.
 */
export async function install(
  ruby: Ruby,
  version: string,
  progress: SetupProgress,
  signal?: AbortSignal,
): Promise<InstalledFluentd> {
  const cache = cacheDirectory()
  const lock = lockDirectory(cache, `fluentd-${ruby.abi}-${version}`)
  return await withLock(lock, `installation of Fluentd ${version}`, progress, signal, async (held) => {
    const done = findInstalled(ruby, version)
    if (done !== undefined) return done
    const step = progress.begin(`Installing Fluentd ${version} for Ruby ${ruby.version} into ${cache}`)
    let outcome = 'failed'
    try {
      const installed = await make(ruby, version, cache, held, signal)
      outcome = 'done'
      return installed
    } finally {
      step.end(signal?.aborted === true ? 'interrupted' : outcome)
    }
  })
}

async function make(
  ruby: Ruby,
  version: string,
  cache: string,
  lock: Lock,
  signal: AbortSignal | undefined,
): Promise<InstalledFluentd> {
  const parent = fluentdVersionsDirectory(cache, ruby.abi)
  const unfinished = `.making-${version}-`
  mkdirSync(parent, { recursive: true })
  // We hold the lock, so those are of set-ups that were killed.
  for (const name of readdirSync(parent)) {
    if (name.startsWith(unfinished)) rmSync(join(parent, name), { recursive: true, force: true })
  }
  const beside = mkdtempSync(join(parent, unfinished))
  // The makefiles of many gems cannot stand a space in the path, so those are built elsewhere and moved.
  const workshop = /\s/.test(beside) ? mkdtempSync(join(tmpdir(), 'gapless-fluentd-')) : beside
  try {
    await installGems(ruby, version, workshop, { log: logFile(cache, `fluentd-${version}`), lock, signal })
    const notes = mend(ruby, version, workshop)
    await checkThatItStarts(ruby, version, workshop, logFile(cache, `fluentd-${version}-start`), signal)
    // What was downloaded is not needed again, and is a tenth of the folder.
    rmSync(join(workshop, 'cache'), { recursive: true, force: true })
    if (workshop !== beside) cpSync(workshop, beside, { recursive: true })
    writeJson(join(beside, 'gapless.json'), { fluentd: version, ruby: ruby.version, notes })
    const directory = join(parent, version)
    rmSync(directory, { recursive: true, force: true })
    renameSync(beside, directory)
    return { version, directory, notes }
  } finally {
    rmSync(beside, { recursive: true, force: true })
    rmSync(workshop, { recursive: true, force: true })
  }
}

async function installGems(
  ruby: Ruby,
  version: string,
  directory: string,
  { log, lock, signal }: { log: string; lock: Lock; signal: AbortSignal | undefined },
): Promise<void> {
  // --conservative takes what Ruby brings along where that will do: the newest json alone would be compiled for
  // longer than everything else together.
  const options = ['--no-document', '--no-user-install', '--conservative']
  const gems = [...companionGems(version, ruby.version), `fluentd:${version}`]
  const runner = 'require "rubygems/gem_runner"; Gem::GemRunner.new.run(ARGV.dup)'
  const end = await runLogged([ruby.path, '-rrubygems', '-e', runner, '--', 'install', ...options, ...gems], {
    log,
    env: {
      ...rubyEnvironment(),
      ...gemEnvironment(directory),
      MAKEFLAGS: `-j${Math.min(4, availableParallelism())}`,
      GEM_SPEC_CACHE: join(cacheDirectory(), 'gem-specs'),
    },
    signal,
    lock,
  })
  if (end.code === 0) return
  const offline =
    /Unable to download|Could not find a valid gem|ECONN|EHOSTUNREACH|ENETUNREACH|SocketError|getaddrinfo|timed? ?out/i
  throw new GaplessError(
    `gem could not install Fluentd ${version} (exit status ${end.code ?? end.signal ?? 'unknown'}).\n` +
      `${end.tail}\n  all of it: ${end.log}`,
    {
      code: 'setup-failed',
      hint: offline.test(end.tail) ? noNetworkHint : 'Mend what gem says above, then start again.',
      command: `gem install --install-dir "$(mktemp -d)" ${options[0] ?? ''} ${gems.map((gem) => `'${gem}'`).join(' ')}`,
    },
  )
}

function mend(ruby: Ruby, version: string, directory: string): readonly string[] {
  return mendsFor(version, ruby.version).map(({ file, from, to, note }) => {
    const path = join(directory, 'gems', `fluentd-${version}`, file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) {
      throw new GaplessError(`Fluentd ${version} is not as expected: ${path} does not contain ${from}`, {
        code: 'setup-failed',
        hint: 'This is a mistake in gapless; take another version of Fluentd meanwhile.',
      })
    }
    writeFileSync(path, text.replace(from, to))
    return note
  })
}

async function checkThatItStarts(
  ruby: Ruby,
  version: string,
  directory: string,
  log: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = await runLogged([ruby.path, join(directory, 'bin', 'fluentd'), '--version'], {
    log,
    env: { ...rubyEnvironment(), ...gemEnvironment(directory) },
    signal,
  })
  if (end.code === 0 && end.tail.includes(`fluentd ${version}`)) return
  throw new GaplessError(
    `Fluentd ${version} was installed, but does not start with Ruby ${ruby.version}.\n${end.tail}`,
    {
      code: 'setup-failed',
      hint: `Take another version with --fluentd, or another Ruby. All that it said: ${log}`,
    },
  )
}
