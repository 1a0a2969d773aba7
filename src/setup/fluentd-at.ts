import { execFile } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { GaplessError } from '../errors.js'
import { fluentdOfCache, type Fluentd } from './fluentd-of-cache.js'
import { gemEnvironment } from './install.js'
import type { SetupProgress } from './progress.js'
import { ensureRuby } from './requirements.js'
import { compareVersions, oldestFluentd } from './versions.js'
import { findProgram, isProgram } from './which.js'

const run = promisify(execFile)
const answerWithinMs = 30_000

/**
 * The Fluentd that somebody has already: a program (its own Ruby and gems, the environment left as it is), a gem
 * folder with bin/fluentd, or a checkout of the sources, which is run with the gems of the release that it is
 * nearest to. Throws 'requirement-missing' where that is none, does not start, or is too old.
 */
export async function fluentdAt(
  path: string,
  progress: SetupProgress,
  signal?: AbortSignal,
): Promise<Fluentd> {
  const absolute = resolve(path)
  if (!existsSync(absolute)) {
    throw unusable(`--fluentd ${path}: there is neither a file nor a folder of this name.`)
  }
  if (statSync(absolute).isFile()) {
    if (!isProgram(absolute))
      throw unusable(`--fluentd ${path}: this file is not executable.`, `chmod +x ${path}`)
    return await asked(
      { command: [absolute], env: {}, rubyVersion: await rubyOf(absolute), notes: [] },
      path,
      signal,
    )
  }
  const program = join(absolute, 'bin', 'fluentd')
  if (!existsSync(program)) throw unusable(`--fluentd ${path}: this folder has no bin/fluentd.`)
  if (existsSync(join(absolute, 'lib', 'fluent', 'version.rb'))) {
    return await fluentdOfCheckout(absolute, path, progress, signal)
  }
  const ruby = await ensureRuby(progress, signal)
  const command = [ruby.path, program]
  return await asked(
    { command, env: gemEnvironment(absolute), rubyVersion: ruby.version, notes: [] },
    path,
    signal,
  )
}

async function fluentdOfCheckout(
  directory: string,
  path: string,
  progress: SetupProgress,
  signal: AbortSignal | undefined,
): Promise<Fluentd> {
  const source = readFileSync(join(directory, 'lib', 'fluent', 'version.rb'), 'utf8')
  const own = /VERSION\s*=\s*['"](\d+\.\d+\.\d+)/.exec(source)?.[1]
  if (own === undefined) throw unusable(`--fluentd ${path}: lib/fluent/version.rb names no version.`)
  if (compareVersions(own, oldestFluentd) < 0) throw tooOld(path, own)
  const gems = await gemsFor(own, progress, signal)
  const [ruby = 'ruby'] = gems.command
  const found = await asked(
    {
      command: [ruby, join(directory, 'bin', 'fluentd')],
      // Fluentd starts its workers anew, so the library is named where they find it too.
      env: { ...gems.env, RUBYLIB: join(directory, 'lib') },
      rubyVersion: gems.rubyVersion,
      notes: [`Fluentd runs from its sources in ${directory}, with the gems of ${gems.version}`],
    },
    path,
    signal,
  )
  return found
}

/** The gems of the same release; for a version that is not out yet those of the newest one. */
async function gemsFor(
  version: string,
  progress: SetupProgress,
  signal: AbortSignal | undefined,
): Promise<Fluentd> {
  try {
    return await fluentdOfCache(version, progress, signal)
  } catch (error) {
    const isUnreleased = error instanceof GaplessError && error.message.startsWith('There is no Fluentd')
    if (!isUnreleased) throw error
    return await fluentdOfCache('latest', progress, signal)
  }
}

async function asked(
  fluentd: Omit<Fluentd, 'version'>,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Fluentd> {
  const [program = '', ...rest] = fluentd.command
  let output: string
  try {
    const options = {
      env: { ...process.env, ...fluentd.env },
      timeout: answerWithinMs,
      ...(signal ? { signal } : {}),
    }
    const { stdout } = await run(program, [...rest, '--version'], options)
    output = stdout
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    const lines = (said === '' ? String(error) : said)
      .split('\n')
      .slice(0, 6)
      .map((line) => `  ${line}`)
    throw unusable(
      `--fluentd ${path}: it does not start.\n${lines.join('\n')}`,
      [...fluentd.command, '--version'].join(' '),
    )
  }
  const version = /\bfluentd (\d+\.\d+\.\d+)/.exec(output)?.[1]
  if (version === undefined) {
    throw unusable(
      `--fluentd ${path}: to --version it answers '${output.trim().slice(0, 200)}', which is no Fluentd.`,
    )
  }
  if (compareVersions(version, oldestFluentd) < 0) throw tooOld(path, version)
  return { ...fluentd, version }
}

/** The version of the Ruby that a program's first line names. */
async function rubyOf(program: string): Promise<string> {
  const first = readFileSync(program).subarray(0, 300).toString('latin1').split('\n')[0] ?? ''
  const words = first.startsWith('#!') ? first.slice(2).trim().split(/\s+/) : []
  const [interpreter, argument] = words
  const name = interpreter?.endsWith('/env') === true ? argument : interpreter
  if (name === undefined || !/ruby[\d.]*$/.test(name)) return 'unknown'
  const ruby = findProgram(name)
  if (ruby === undefined) return 'unknown'
  try {
    return (await run(ruby, ['-e', 'print RUBY_VERSION'], { timeout: answerWithinMs })).stdout
  } catch {
    return 'unknown'
  }
}

function tooOld(path: string, version: string): GaplessError {
  return unusable(`--fluentd ${path} is ${version}; gapless works with Fluentd ${oldestFluentd} and later.`)
}

function unusable(message: string, command?: string): GaplessError {
  return new GaplessError(message, {
    code: 'requirement-missing',
    hint: 'Name a version (--fluentd 1.16.11), a fluentd program, a gem folder that has bin/fluentd, or a checkout of its sources.',
    ...(command === undefined ? {} : { command }),
  })
}
