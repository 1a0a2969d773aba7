import { join } from 'node:path'
import { cacheDirectory } from './cache.js'
import { findInstalled, gemEnvironment, install, listInstalled, type InstalledFluentd } from './install.js'
import type { SetupProgress } from './progress.js'
import { askReleases, recentReleases } from './releases.js'
import { ensureBuildTools, ensureRuby } from './requirements.js'
import type { Ruby } from './ruby.js'
import { chooseVersion, defaultIsNewest, fixedDefault, isExactVersion } from './versions.js'

/** What to run Fluentd with: `command` and then Fluentd's own options, `env` over the environment. */
export interface Fluentd {
  readonly version: string
  /** 'unknown' for a program whose Ruby cannot be told. */
  readonly rubyVersion: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What is not as Fluentd released it, one sentence each; for the report. */
  readonly notes: readonly string[]
}

/** The version that is wanted, or this Ruby's default, from the cache; installed there where it is not yet. */
export async function fluentdOfCache(
  wanted: string | undefined,
  progress: SetupProgress,
  signal?: AbortSignal,
): Promise<Fluentd> {
  const ruby = await ensureRuby(progress, signal)
  const installed = await findOrInstall(ruby, wanted ?? defaultVersion(ruby), progress, signal)
  return {
    version: installed.version,
    rubyVersion: ruby.version,
    command: [ruby.path, join(installed.directory, 'bin', 'fluentd')],
    env: gemEnvironment(installed.directory),
    notes: installed.notes,
  }
}

export function defaultVersion(ruby: Ruby): string {
  return defaultIsNewest(ruby.version) ? 'latest' : fixedDefault()
}

async function findOrInstall(
  ruby: Ruby,
  wanted: string,
  progress: SetupProgress,
  signal: AbortSignal | undefined,
): Promise<InstalledFluentd> {
  const there = isExactVersion(wanted) ? findInstalled(ruby, wanted) : undefined
  if (there !== undefined) return there
  const cache = cacheDirectory()
  const recent = recentReleases(cache, Date.now())
  // A version that was released since we last asked is worth asking again.
  const isKnown =
    recent !== undefined && (!isExactVersion(wanted) || recent.some(({ version }) => version === wanted))
  let releases = recent ?? []
  if (!isKnown) {
    try {
      releases = await askReleases(cache, ruby, signal)
    } catch (error) {
      const fallback = isExactVersion(wanted) ? undefined : newestInstalled(ruby, wanted)
      if (fallback === undefined || signal?.aborted === true) throw error
      progress.say(`The gem index does not answer; taking Fluentd ${fallback.version}, the newest installed.`)
      return fallback
    }
  }
  const version = chooseVersion(wanted, ruby.version, releases)
  const chosen = findInstalled(ruby, version)
  if (chosen !== undefined) return chosen
  await ensureBuildTools(ruby, progress, signal)
  return await install(ruby, version, progress, signal)
}

function newestInstalled(ruby: Ruby, wanted: string): InstalledFluentd | undefined {
  return listInstalled(ruby)
    .filter(({ version }) => wanted === 'latest' || version.startsWith(`${wanted}.`))
    .at(-1)
}
