import { catalogueNames, loadScenarios } from '../catalogue/load.js'
import { allowedValues, knobNames, knobs } from '../scenario/knobs.js'
import { casesOf, lacking, type Case } from '../scenario/plan.js'
import { profileNames, resolveKnobs } from '../scenario/profiles.js'
import { neededCapabilities } from '../run/run-case.js'
import { testbedsOf } from '../testbed/registry.js'

export interface ListArguments {
  readonly json?: boolean
  readonly knobs?: boolean
}

/** `gapless list`: the scenarios with what they prove, what they need and where they can run; or the knobs. */
export async function list({ json, knobs: wantKnobs }: ListArguments): Promise<number> {
  const entries = wantKnobs === true ? listKnobs() : await listScenarios()
  const text =
    json === true
      ? JSON.stringify(
          entries.map(({ value }) => value),
          null,
          2,
        )
      : entries.map((entry) => entry.text).join('\n\n')
  process.stdout.write(`${text}\n`)
  return 0
}

interface Entry {
  readonly text: string
  readonly value: object
}

async function listScenarios(): Promise<Entry[]> {
  const loaded = await loadScenarios(await catalogueNames())
  return loaded.map(({ scenario, file }) => {
    const cases = casesOf(scenario, file)
    const needs = [...new Set(cases.flatMap((planned) => neededCapabilities(planned, knobsOf(planned))))]
    const runsOn = testbedsOf()
      .filter(({ capabilities }) => lacking(needs, capabilities).length === 0)
      .map(({ name }) => name)
    const { name, proves, claims = [] } = scenario
    const variants = cases.map(({ variant }) => variant).filter((variant) => variant !== null)
    return {
      text: [
        name,
        `  proves   ${proves}`,
        ...(claims.length > 0 ? [`  claims   ${claims.join(', ')}`] : []),
        ...(variants.length > 0 ? [`  variants ${variants.join(', ')}`] : []),
        `  needs    ${needs.join(', ') || 'nothing beyond a testbed'}`,
        `  runs on  ${runsOn.join(', ') || 'none of the testbeds here'}`,
      ].join('\n'),
      value: { name, proves, claims, variants, needs, runsOn, file },
    }
  })
}

const knobsOf = ({ profile, knobs }: Case) => resolveKnobs(profile ?? 'hardened', knobs)

function listKnobs(): Entry[] {
  const values = Object.fromEntries(profileNames.map((profile) => [profile, resolveKnobs(profile)]))
  return knobNames.map((name) => {
    const inProfiles = Object.fromEntries(profileNames.map((profile) => [profile, values[profile]?.[name]]))
    const said = profileNames
      .map((profile) => `${profile}: ${String(inProfiles[profile]) || 'none'}`)
      .join(', ')
    return {
      text: `${name}\n  ${knobs[name].doc}\n  takes ${allowedValues(name)} (${said})`,
      value: {
        name,
        doc: knobs[name].doc,
        kind: knobs[name].kind,
        takes: allowedValues(name),
        profiles: inProfiles,
      },
    }
  })
}
