import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { runLogged } from '../../setup/run-logged.mjs'
import { GaplessError } from '../errors.js'
import { logFile } from './cache.js'
import { readJson, writeJson } from './json-file.js'
import { rubyEnvironment, type Ruby } from './ruby.js'
import type { Release } from './versions.js'

const dayMs = 24 * 60 * 60 * 1000

const catalogSchema = z.object({
  askedAtMs: z.number(),
  releases: z.array(z.object({ version: z.string(), requiredRuby: z.string() })).min(1),
})

/**
 * Asks every gem source that the user has configured, through RubyGems itself, so that mirrors, proxies and
 * certificates are theirs. First the small per-gem index; where a mirror has none, RubyGems' full list, which does
 * not know what Ruby a release wants.
 */
const question = `
require "rubygems/remote_fetcher"
require "rubygems/spec_fetcher"
require "timeout"
require "uri"
Gem.load_yaml if Gem.respond_to?(:load_yaml)
complaints = []
answer = Gem.sources.map(&:to_s).lazy.map do |source|
  begin
    Timeout.timeout(30) { Gem::RemoteFetcher.fetcher.fetch_path(URI(File.join(source, "info/fluentd"))) }
  rescue StandardError, Timeout::Error => error
    complaints << "#{source}: #{error.message}"
    nil
  end
end.find { |text| text.to_s.include?("|") }
if answer
  answer.each_line do |line|
    version, rest = line.chomp.split(" ", 2)
    next unless rest && version.match?(/\\A\\d+\\.\\d+\\.\\d+\\z/)
    puts "release #{version} #{rest[/[|,]ruby:([^,]*)/, 1]}"
  end
else
  begin
    tuples, errors = Timeout.timeout(120) { Gem::SpecFetcher.fetcher.detect(:released) { |tuple| tuple.name == "fluentd" } }
    tuples.each { |tuple, _| puts "release #{tuple.version}" }
    errors.each { |error| complaints << error.wordy }
  rescue StandardError, Timeout::Error => error
    complaints << error.message
  end
end
complaints.uniq.each { |text| puts text }
`

/** The releases of Fluentd as last asked, if that was less than a day ago. */
export function recentReleases(cache: string, nowMs: number): readonly Release[] | undefined {
  const catalog = readJson(catalogPath(cache), catalogSchema)
  if (catalog === undefined || nowMs - catalog.askedAtMs > dayMs || nowMs < catalog.askedAtMs)
    return undefined
  return catalog.releases
}

/** Asks the gem index and remembers the answer. Throws 'setup-failed' where nobody answers. */
export async function askReleases(
  cache: string,
  ruby: Ruby,
  signal?: AbortSignal,
): Promise<readonly Release[]> {
  const log = logFile(cache, 'releases')
  const end = await runLogged([ruby.path, '-rrubygems', '-e', question], {
    log,
    env: { ...rubyEnvironment(), GEM_SPEC_CACHE: join(cache, 'gem-specs') },
    signal,
  })
  const lines = readFileSync(log, 'utf8').split('\n')
  const releases = lines.flatMap((line) => {
    const match = /^release (\d+\.\d+\.\d+) ?(.*)$/.exec(line)
    return match?.[1] === undefined ? [] : [{ version: match[1], requiredRuby: match[2] ?? '' }]
  })
  if (releases.length === 0) {
    throw new GaplessError(`The gem index cannot be asked for Fluentd's releases.\n${end.tail}`, {
      code: 'setup-failed',
      hint: noNetworkHint,
      command: 'gem sources && gem search --remote --exact fluentd',
    })
  }
  writeJson(catalogPath(cache), { askedAtMs: Date.now(), releases })
  return releases
}

export const noNetworkHint =
  'Check the network, a proxy (HTTPS_PROXY) and your gem sources, then start again. ' +
  'Without a network, --fluentd PATH takes a Fluentd that is already on this machine.'

function catalogPath(cache: string): string {
  return join(cache, 'fluentd', 'releases.json')
}
