import { type BlockedWrite } from '../collector/protocol.js'
import { type Plan } from '../scenario/plan.js'
import { type Blocked } from '../store/result.js'

/** Of which nodes the applications could not write for a while, by what their emitters said of each stream. */
export function blockedOn(
  plan: Pick<Plan, 'streams'>,
  writes: ReadonlyMap<string, readonly BlockedWrite[]>,
): Blocked[] {
  const nodes = [...new Set(plan.streams.map(({ node }) => node))]
  return nodes.flatMap((node) => {
    const ofNode = plan.streams.filter((stream) => stream.node === node)
    const lasted = ofNode.flatMap(({ stream }) =>
      (writes.get(stream) ?? []).map((one) => one.toMs - one.fromMs),
    )
    if (lasted.length === 0) return []
    const totalMs = lasted.reduce((sum, ms) => sum + ms, 0)
    return [{ node, times: lasted.length, longestMs: Math.max(...lasted), totalMs }]
  })
}
