import { GaplessError } from '../errors.js'

/** A release of Fluentd and what it says about Ruby, as the gem index has it: '>= 3.2', '< 4.0&>= 2.7' or ''. */
export interface Release {
  readonly version: string
  readonly requiredRuby: string
}

export const oldestFluentd = '1.9.0'
const defaultForOldRuby = '1.16.11'
const firstRubyWithNewest = '3.2'

/** Negative, zero or positive, as for sort. Missing parts count as 0; '1.9.0' is before '1.10.0'. */
export function compareVersions(left: string, right: string): number {
  const a = left.split('.').map(Number)
  const b = right.split('.').map(Number)
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether a version meets a requirement as gems write it. What cannot be read is taken as met. */
export function satisfies(version: string, requirement: string): boolean {
  return requirement.split(/[&,]/).every((part) => {
    const match = /^\s*(>=|<=|~>|>|<|=|!=)?\s*(\d+(?:\.\d+)*)/.exec(part)
    if (match === null) return true
    const [, operator = '=', bound = ''] = match
    const order = compareVersions(version, bound)
    switch (operator) {
      case '>=':
        return order >= 0
      case '<=':
        return order <= 0
      case '>':
        return order > 0
      case '<':
        return order < 0
      case '!=':
        return order !== 0
      case '~>':
        return order >= 0 && compareVersions(version, nextAfter(bound)) < 0
      default:
        return order === 0
    }
  })
}

/** The end of '~> 1.4' is 2, that of '~> 1.4.2' is 1.5. */
function nextAfter(bound: string): string {
  const parts = bound.split('.').map(Number)
  const kept = parts.length > 1 ? parts.slice(0, -1) : parts
  return [...kept.slice(0, -1), (kept.at(-1) ?? 0) + 1].join('.')
}

/** Whether the default for this Ruby is 'the newest release', which only the gem index knows. */
export function defaultIsNewest(rubyVersion: string): boolean {
  return compareVersions(rubyVersion, firstRubyWithNewest) >= 0
}

/** The version that stands where nobody chose one, for Rubies for which it is fixed. */
export function fixedDefault(): string {
  return defaultForOldRuby
}

/** What `--fluentd` names: a version ('1.16.4', '1.16' for the newest 1.16, 'latest') or else a path. */
export function isVersionRequest(text: string): boolean {
  return text === 'latest' || /^\d+\.\d+(\.\d+)?$/.test(text)
}

export function isExactVersion(text: string): boolean {
  return /^\d+\.\d+\.\d+$/.test(text)
}

/**
 * The version to install. Throws 'requirement-missing' where it is too old for gapless, was never released, or
 * wants a later Ruby, and says which ones can be had instead.
 */
export function chooseVersion(wanted: string, rubyVersion: string, releases: readonly Release[]): string {
  const known = releases
    .filter(({ version }) => isExactVersion(version) && compareVersions(version, oldestFluentd) >= 0)
    .toSorted((a, b) => compareVersions(a.version, b.version))
  const runnable = known.filter(({ requiredRuby }) => satisfies(rubyVersion, requiredRuby))
  const newestRunnable = runnable.at(-1)?.version
  if (wanted === 'latest') {
    if (newestRunnable !== undefined) return newestRunnable
    throw missing(`No release of Fluentd from ${oldestFluentd} on runs on Ruby ${rubyVersion}.`)
  }
  if (compareVersions(wanted, oldestFluentd) < 0 && !(wanted === '1.9')) {
    throw missing(`gapless works with Fluentd ${oldestFluentd} and later; ${wanted} is older.`)
  }
  const fits = (version: string) =>
    version === wanted || (!isExactVersion(wanted) && version.startsWith(`${wanted}.`))
  const chosen = runnable.findLast(({ version }) => fits(version))
  if (chosen !== undefined) return chosen.version
  const unfit = known.findLast(({ version }) => fits(version))
  if (unfit !== undefined) {
    throw missing(
      `Fluentd ${unfit.version} needs Ruby ${unfit.requiredRuby.replaceAll('&', ', ')}; this is Ruby ${rubyVersion}.`,
      newestRunnable === undefined
        ? 'Put a later Ruby first in PATH, or name one in GAPLESS_RUBY.'
        : `The newest Fluentd that it can run is ${newestRunnable}: --fluentd ${newestRunnable}. For others put a later Ruby first in PATH, or name one in GAPLESS_RUBY.`,
    )
  }
  throw missing(`There is no Fluentd ${wanted}. ${nearVersions(wanted, known)}`)
}

/** A sentence that names the releases nearest to one that does not exist. */
export function nearVersions(wanted: string, releases: readonly Release[]): string {
  const versions = releases.map(({ version }) => version).toSorted(compareVersions)
  const minor = wanted.split('.').slice(0, 2).join('.')
  const ofMinor = versions.findLast((version) => version.startsWith(`${minor}.`))
  if (ofMinor !== undefined) return `The newest of ${minor} is ${ofMinor}.`
  const below = versions.findLast((version) => compareVersions(version, wanted) < 0)
  const above = versions.find((version) => compareVersions(version, wanted) > 0)
  if (below !== undefined && above !== undefined) return `The nearest are ${below} and ${above}.`
  const only = below ?? above
  return only === undefined ? '' : `The ${below === undefined ? 'oldest' : 'newest'} is ${only}.`
}

function missing(message: string, hint?: string): GaplessError {
  return new GaplessError(message.trim(), {
    code: 'requirement-missing',
    ...(hint === undefined ? {} : { hint }),
  })
}
