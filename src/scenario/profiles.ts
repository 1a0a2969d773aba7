import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { GaplessError } from '../errors.js'
import { packageRoot } from '../package-root.js'
import { checkCombination, knobNames, parseKnob, type KnobName, type Knobs, type KnobValue } from './knobs.js'
import { didYouMean } from '../nearest.js'

export const profileNames = ['hardened', 'naive'] as const
/** A named set of knobs, one file in fixtures/profiles/. */
export type ProfileName = (typeof profileNames)[number]

export function parseProfileName(name: string): ProfileName {
  const found = profileNames.find((profile) => profile === name)
  if (found) return found
  throw new GaplessError(`there is no profile "${name}".${didYouMean(name, profileNames)}`, {
    code: 'usage',
    hint: `Profiles: ${profileNames.join(', ')}.`,
  })
}

/** All knobs of a profile, with `overrides` (later ones win) laid over them. Throws a GaplessError ('usage'). */
export function resolveKnobs(
  profile: ProfileName,
  ...overrides: readonly Readonly<Record<string, unknown>>[]
): Knobs {
  const values = new Map<KnobName, KnobValue>()
  for (const layer of [readProfile(profile), ...overrides]) {
    for (const [name, value] of Object.entries(layer)) values.set(...parseKnob(name, value))
  }
  const missing = knobNames.filter((name) => !values.has(name))
  if (missing.length > 0) {
    throw new GaplessError(`profile ${profile} lacks ${missing.join(', ')}`, { code: 'instrument' })
  }
  const resolved = Object.fromEntries(values) as unknown as Knobs
  checkCombination(resolved)
  return resolved
}

function readProfile(profile: ProfileName): Record<string, unknown> {
  return parse(readFileSync(`${packageRoot}fixtures/profiles/${profile}.yaml`, 'utf8')) as Record<
    string,
    unknown
  >
}
