import { durationMs } from '../scenario/duration.js'
import {
  describeBound,
  findings,
  holdingStations,
  isWithin,
  type Bound,
  type HoldingStation,
  type SettledExpectation,
} from '../scenario/expectation.js'
import {
  type Counts,
  type Duplicates,
  type ExpectationResult,
  type Gone,
  type Recovery,
  type Result,
  type StreamResult,
} from '../store/result.js'
import { seconds } from '../words.js'

/** What expectations are held against. */
export interface Measured {
  readonly totals: Counts
  readonly streams: readonly StreamResult[]
  readonly gone: readonly Gone[]
  readonly duplicates: readonly Duplicates[]
  readonly latencyMs: Result['latencyMs']
  readonly recovery: Recovery | null
  readonly drain: Result['drain']
}

/** Every expectation of a scenario with what was found. */
export function holdAgainst(expect: SettledExpectation, measured: Measured): ExpectationResult[] {
  const { totals, streams, gone, duplicates } = measured
  return [
    ...findings.map((finding) => within(finding, totals[finding], expect[finding])),
    ...Object.entries(expect.nodes ?? {}).flatMap(([node, bounds]) =>
      findings.flatMap((finding) => {
        const bound = bounds[finding]
        const onNode = streams.filter((stream) => stream.node === node)
        return bound
          ? [
              within(
                `${finding} on ${node}`,
                sum(onNode, (stream) => stream[finding]),
                bound,
              ),
            ]
          : []
      }),
    ),
    ...Object.entries(expect.lostBefore ?? {}).map(([station, bound]) => {
      const there = gone.filter(({ firstMissing }) => firstMissing === station)
      return within(
        `lost before the ${station}`,
        sum(there, ({ lines }) => lines),
        bound,
      )
    }),
    ...holdingStations.flatMap((station) => {
      const bound = expect.strandedAt?.[station]
      const there = streams
        .flatMap(({ strandedAt }) => strandedAt)
        .filter((held) => holderOf(held) === station)
      return bound
        ? [
            within(
              `stranded at the ${station}`,
              sum(there, ({ lines }) => lines),
              bound,
            ),
          ]
        : []
    }),
    ...Object.entries(expect.duplicatedBy ?? {}).map(([role, bound]) => {
      const by = duplicates.filter(({ hop }) => hop.startsWith(role))
      return within(
        `duplicated by the ${role}`,
        sum(by, ({ lines }) => lines),
        bound,
      )
    }),
    ...delays(expect, measured),
    ...recovers(expect, measured),
  ]
}

/** What is first named in a station's name holds its lines: "node log on node-1, not read by the forwarder". */
function holderOf({ station }: { readonly station: string }): HoldingStation | undefined {
  const named = holdingStations
    .map((holder) => ({ holder, at: station.indexOf(holder) }))
    .filter(({ at }) => at >= 0)
  return named.sort((a, b) => a.at - b.at)[0]?.holder
}

function within(what: string, count: number, bound: Bound): ExpectationResult {
  return {
    expected: `${what}: ${describeBound(bound)}`,
    found: count.toLocaleString('en'),
    met: isWithin(count, bound),
  }
}

function delays({ delay = {} }: SettledExpectation, { latencyMs }: Measured): ExpectationResult[] {
  return Object.entries(delay).map(([quantile, most]) => {
    const found = latencyMs?.[quantile as keyof typeof delay]
    return {
      expected: `delay ${quantile}: at most ${most}`,
      found: found === undefined ? 'no line arrived' : seconds(found),
      met: found !== undefined && found <= durationMs(most),
    }
  })
}

function recovers(
  { recovers: expected = true }: SettledExpectation,
  { recovery, drain }: Measured,
): ExpectationResult[] {
  if (expected === false || recovery === null) return []
  const { recovered, afterMs, missing } = recovery
  const soonEnough = expected === true || (afterMs !== null && afterMs <= durationMs(expected))
  return [
    {
      expected: `fresh lines get through after the last fault${expected === true ? '' : `, within ${expected}`}`,
      found: recovered
        ? `they did, after ${seconds(afterMs ?? 0)}`
        : `none of ${missing.join(', ')} did${drain.linesPerSecond === undefined ? ': it never recovered' : ' before the deadline: earlier lines still arrived'}`,
      met: recovered && soonEnough,
    },
  ]
}

function sum<T>(parts: readonly T[], of: (part: T) => number): number {
  return parts.reduce((total, part) => total + of(part), 0)
}
