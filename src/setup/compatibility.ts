import { satisfies } from './versions.js'

/**
 * What older versions of Fluentd need on later versions of Ruby. Everything that is done to a version beyond
 * installing it is in this file.
 */

interface Companion {
  readonly gem: string
  readonly requirement: string
  /** The Rubies on which it is needed, '' for all. */
  readonly ruby: string
  /** The versions of Fluentd that need it. */
  readonly fluentd: string
}

/**
 * Installed before Fluentd, so that it is taken. Most were part of Ruby when these versions were made, and they use
 * them without asking. That Ruby bundles them does not help: in a gem folder of its own Fluentd sees Ruby's default
 * gems only. 1.16.11 is later than 1.18 and asks for what 1.17 asks for.
 */
const companions: readonly Companion[] = [
  { gem: 'webrick', requirement: '~> 1.4', ruby: '>= 3.0', fluentd: '< 1.12.2' },
  { gem: 'csv', requirement: '~> 3.2', ruby: '>= 3.4', fluentd: '< 1.16.11' },
  { gem: 'drb', requirement: '~> 2.2', ruby: '>= 3.4', fluentd: '< 1.16.11' },
  { gem: 'ostruct', requirement: '~> 0.6', ruby: '>= 4.0', fluentd: '< 1.19.2' },
  { gem: 'cgi', requirement: '>= 0.4', ruby: '>= 4.0', fluentd: '< 1.20' },
  // The later ones of these want a later openssl than comes with these Rubies, and to build that OpenSSL's headers
  // would be needed; so does the async-http that wants such ones. Nothing else needs an upper bound.
  { gem: 'io-stream', requirement: '< 0.13.2', ruby: '< 3.4', fluentd: '>= 1.19' },
  { gem: 'io-endpoint', requirement: '< 0.18', ruby: '< 3.4', fluentd: '>= 1.19' },
  { gem: 'async-http', requirement: '< 0.98.1', ruby: '< 3.4', fluentd: '>= 1.19' },
]

/** Gems to install beside Fluentd, as `gem install` takes them: 'webrick:~> 1.4'. */
export function companionGems(fluentdVersion: string, rubyVersion: string): readonly string[] {
  return companions
    .filter(({ ruby, fluentd }) => satisfies(rubyVersion, ruby) && satisfies(fluentdVersion, fluentd))
    .map(({ gem, requirement }) => `${gem}:${requirement}`)
}

/** A change to one line of a gem that was installed into gapless's own cache. */
export interface Mend {
  /** Inside the folder of the gem fluentd. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** For the report: what is not as released. */
  readonly note: string
}

interface ConditionalMend extends Mend {
  readonly ruby: string
  readonly fluentd: string
}

const mends: readonly ConditionalMend[] = [
  {
    // Ruby 3 no longer turns a hash into keyword arguments, so monitor_agent ended the worker at its start. This is
    // the change that Fluentd 1.12.0 made, and it touches nothing but the server of that page.
    ruby: '>= 3.0',
    fluentd: '< 1.12.0',
    file: 'lib/fluent/plugin_helper/http_server/compat/server.rb',
    from: 'WebrickHandler.build(Hash[',
    to: 'WebrickHandler.build(**Hash[',
    note: "monitor_agent's HTTP server has Fluentd 1.12's one-line change for Ruby 3",
  },
]

export function mendsFor(fluentdVersion: string, rubyVersion: string): readonly Mend[] {
  return mends.filter(
    ({ ruby, fluentd }) => satisfies(rubyVersion, ruby) && satisfies(fluentdVersion, fluentd),
  )
}
