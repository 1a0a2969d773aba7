import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { readJson, writeJson } from './json-file.js'
import type { Requirement } from './remedies.js'
import { compareVersions } from './versions.js'
import { findProgram } from './which.js'

const run = promisify(execFile)

export const oldestRuby = '2.7'

const rubySchema = z.object({
  /** The program itself: what a version manager's wrapper ends up with. */
  path: z.string(),
  version: z.string(),
  /** Gems with compiled parts that were built for one ABI cannot be loaded by another: '3.1.0-x86_64-linux'. */
  abi: z.string(),
  headerDirectories: z.array(z.string()),
  /** The C compiler that this Ruby builds gems with, and its flags. */
  compiler: z.array(z.string()),
})

export type Ruby = z.infer<typeof rubySchema>

const stampSchema = z.object({ path: z.string(), changedAtMs: z.number(), ruby: rubySchema })

const probe = [
  'config = RbConfig::CONFIG',
  'puts RbConfig.ruby, RUBY_VERSION, "#{Gem.extension_api_version}-#{Gem::Platform.local}"',
  'puts config["CC"].to_s, config["rubyhdrdir"].to_s, config["rubyarchhdrdir"].to_s',
].join('\n')

/**
 * The Ruby on PATH, or the one that GAPLESS_RUBY names; undefined where there is none that runs. What it says about
 * itself is remembered in the cache, since asking takes longer than everything else that a second start does.
 */
export async function findRuby(
  cache: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ruby | undefined> {
  const found = findProgram(env.GAPLESS_RUBY ?? 'ruby', env.PATH)
  if (found === undefined) return undefined
  const path = realpathSync(found)
  // A version manager's wrapper is a script that gives another Ruby in another folder: never remember its answer.
  const isWrapper = readFileSync(path).subarray(0, 2).toString() === '#!'
  const stampPath = join(cache, 'ruby.json')
  const changedAtMs = statSync(path).mtimeMs
  const stamp = isWrapper ? undefined : readJson(stampPath, stampSchema)
  if (stamp?.path === path && stamp.changedAtMs === changedAtMs) return stamp.ruby
  const ruby = await askRuby(found, env)
  if (ruby !== undefined && !isWrapper) remember(stampPath, { path, changedAtMs, ruby })
  return ruby
}

function remember(stampPath: string, stamp: z.infer<typeof stampSchema>): void {
  try {
    writeJson(stampPath, stamp)
  } catch {
    // A cache that cannot be written is for others to report; here it only costs the time to ask again.
  }
}

async function askRuby(path: string, env: NodeJS.ProcessEnv): Promise<Ruby | undefined> {
  try {
    const { stdout } = await run(path, ['-rrbconfig', '-e', probe], {
      env: rubyEnvironment(env),
      timeout: 20_000,
    })
    const [program = path, version = '0', abi = '', compiler = '', ...headers] = stdout.split('\n')
    return {
      path: program,
      version,
      abi,
      compiler: compiler.split(' ').filter((word) => word !== ''),
      headerDirectories: headers.filter((directory) => directory !== ''),
    }
  } catch {
    return undefined
  }
}

export function isOldEnough(ruby: Ruby): boolean {
  return compareVersions(ruby.version, oldestRuby) >= 0
}

/** The user's environment without what would make Ruby load other gems than those it is told to. */
export function rubyEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const foreign = /^(RUBYOPT|RUBYLIB|GEM_HOME|GEM_PATH|BUNDLE_.*|BUNDLER_.*|RUBYGEMS_GEMDEPS)$/
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)))
}

/** What is missing to build gems for this Ruby. Looks at files only; `canCompile` tries. */
export function missingForBuilding(ruby: Ruby, env: NodeJS.ProcessEnv = process.env): readonly Requirement[] {
  const missing: Requirement[] = []
  if (!ruby.headerDirectories.some((directory) => existsSync(join(directory, 'ruby.h'))))
    missing.push('headers')
  if (findProgram(ruby.compiler[0] ?? 'cc', env.PATH) === undefined) missing.push('compiler')
  if (findProgram('make', env.PATH) === undefined) missing.push('make')
  return missing
}

/** Compiles the smallest program that uses Ruby and the C library; what the compiler said, where it failed. */
export async function tryCompiler(ruby: Ruby): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'gapless-compiler-'))
  try {
    const source = join(directory, 'probe.c')
    writeFileSync(source, '#include <stdio.h>\n#include <ruby.h>\nint main(void) { return 0; }\n')
    const [compiler = 'cc', ...flags] = ruby.compiler
    const includes = ruby.headerDirectories.map((header) => `-I${header}`)
    await run(compiler, [...flags, ...includes, '-c', source, '-o', join(directory, 'probe.o')], {
      timeout: 60_000,
    })
    return undefined
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    return text.split('\n').slice(0, 4).join('\n')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
