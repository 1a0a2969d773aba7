import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DoctorFinding } from '../testbed/contract.js'
import { cacheDirectory } from './cache.js'
import { defaultVersion } from './fluentd-of-cache.js'
import { listInstalled } from './install.js'
import { commandFor, nameRequirements, type Requirement } from './remedies.js'
import { thisSystem } from './requirements.js'
import { findRuby, isOldEnough, missingForBuilding, oldestRuby, type Ruby } from './ruby.js'
import { compareVersions } from './versions.js'
import { findProgram } from './which.js'

const oldestNode = '20.19.0'
const mebibyte = 1024 * 1024
const wantedFreeMebibytes = 500

/** What the testbed `local` needs of this machine, and how to get what is missing. Installs nothing. */
export async function doctorLocal(): Promise<readonly DoctorFinding[]> {
  const cache = cacheDirectory()
  const cacheFinding = checkCache(cache)
  const ruby = await findRuby(cache).catch(() => undefined)
  return [checkNode(), ...checkRuby(ruby), checkInstalled(ruby), cacheFinding, checkSpace(cache)]
}

function checkNode(): DoctorFinding {
  const ok = compareVersions(process.versions.node, oldestNode) >= 0
  return {
    what: 'Node',
    ok,
    found: `${process.versions.node} (${process.execPath})`,
    ...(ok ? {} : { remedy: `install Node ${oldestNode} or later` }),
  }
}

function checkRuby(ruby: Ruby | undefined): readonly DoctorFinding[] {
  const missing: readonly Requirement[] =
    ruby === undefined ? ['ruby', 'headers', 'compiler', 'make'] : missingForBuilding(ruby)
  const remedy = commandFor(thisSystem(), missing)
  const withRemedy = (ok: boolean) => (ok || remedy === undefined ? {} : { remedy })
  const isThere = ruby !== undefined && isOldEnough(ruby)
  const rubyFinding: DoctorFinding = {
    what: 'Ruby',
    ok: isThere,
    found: ruby === undefined ? 'not found' : `${ruby.version} (${ruby.path})`,
    ...(ruby !== undefined && !isThere
      ? { remedy: `put Ruby ${oldestRuby} or later first in PATH, or name it in GAPLESS_RUBY` }
      : withRemedy(isThere)),
  }
  if (ruby === undefined) return [rubyFinding]
  const of = (requirement: Requirement, what: string, found: string): DoctorFinding => {
    const ok = !missing.includes(requirement)
    return { what, ok, found: ok ? found : `${nameRequirements([requirement])} not found`, ...withRemedy(ok) }
  }
  const compiler = findProgram(ruby.compiler[0] ?? 'cc')
  return [
    rubyFinding,
    of('headers', "Ruby's headers", ruby.headerDirectories[0] ?? ''),
    of('compiler', 'C compiler', compiler ?? ''),
    of('make', 'make', findProgram('make') ?? ''),
  ]
}

function checkInstalled(ruby: Ruby | undefined): DoctorFinding {
  const versions = ruby === undefined ? [] : listInstalled(ruby).map(({ version }) => version)
  const wanted = ruby === undefined ? undefined : defaultVersion(ruby)
  const whatComes = wanted === 'latest' ? 'the newest release' : (wanted ?? 'it')
  return {
    what: 'Fluentd',
    // The next run installs it by itself, so having none yet is no fault.
    ok: ruby !== undefined,
    found:
      versions.length === 0 ? `none installed yet; the first run installs ${whatComes}` : versions.join(', '),
  }
}

function checkCache(cache: string): DoctorFinding {
  try {
    mkdirSync(cache, { recursive: true })
    accessSync(cache, constants.W_OK | constants.X_OK)
    return { what: 'cache', ok: true, found: cache }
  } catch (error) {
    const found = `${cache} cannot be written: ${error instanceof Error ? error.message : String(error)}`
    return { what: 'cache', ok: false, found, remedy: 'export GAPLESS_CACHE=/a/folder/of/yours' }
  }
}

function checkSpace(cache: string): DoctorFinding {
  let existing = cache
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing)
  const { bavail, bsize } = statfsSync(existing)
  const free = Math.floor((bavail * bsize) / mebibyte)
  const ok = free >= wantedFreeMebibytes
  return {
    what: 'disk space',
    ok,
    found: `${free} MiB free at ${existing}`,
    ...(ok
      ? {}
      : {
          remedy: `free some: a version of Fluentd takes 40 MiB, a run with its logs up to ${wantedFreeMebibytes} MiB`,
        }),
  }
}
