import { type Result } from '../store/result.js'

/** The stored runs of one variant of a scenario, with one profile on one testbed, that repeat its newest one. */
export interface Sample {
  readonly newest: Result
  /** Those that prove something, the newest last. */
  readonly conclusive: readonly Result[]
  readonly inconclusive: readonly Result[]
  /** Stored runs of the variant that measured something else: other versions, other settings, another timeline. */
  readonly ofOtherKinds: number
}

/** A sample for each scenario, variant, profile and testbed of which a run is stored, in the order of their newest runs. */
export function samplesOf(results: readonly Result[]): Sample[] {
  const byVariant = new Map<string, Result[]>()
  for (const result of results.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
    const key = [result.scenario, result.variant ?? '', result.profile, result.testbed].join('\n')
    const stored = byVariant.get(key)
    if (stored) stored.push(result)
    else byVariant.set(key, [result])
  }
  return [...byVariant.values()]
    .flatMap((stored) => {
      const newest = stored.at(-1)
      return newest ? [sampleOf(newest, stored)] : []
    })
    .sort((a, b) => a.newest.startedAtMs - b.newest.startedAtMs)
}

function sampleOf(newest: Result, stored: readonly Result[]): Sample {
  const runs = stored.filter((run) => repeats(run, newest))
  return {
    newest,
    conclusive: runs.filter(({ verdict }) => verdict !== 'inconclusive'),
    inconclusive: runs.filter(({ verdict }) => verdict === 'inconclusive'),
    ofOtherKinds: stored.length - runs.length,
  }
}

/** What is under test and what counts it; the machine may differ. */
const toldApartBy = ['gapless', 'fluentd', 'kubernetes']

/**
 * Whether one run measured the same as another: the same versions, knobs and faults. A knob that only one of them knows
 * came with a later version, and its default is what there was before. Nor need all faults have come about in both.
 */
function repeats(run: Result, other: Result): boolean {
  const sameVersions = toldApartBy.every((what) => run.versions[what] === other.versions[what])
  const sameKnobs = Object.entries(run.knobs).every(
    ([knob, value]) => other.knobs[knob] === undefined || other.knobs[knob] === value,
  )
  return sameVersions && sameKnobs && sameFaults(run, other)
}

function sameFaults(one: Result, other: Result): boolean {
  const [fewer, more] = [stepsOf(one), stepsOf(other)].toSorted((a, b) => a.size - b.size)
  return [...(fewer ?? [])].every((step) => more?.has(step))
}

const stepsOf = ({ faults }: Result) =>
  new Set(faults.map(({ description, condition }) => `${description}\n${condition}`))
