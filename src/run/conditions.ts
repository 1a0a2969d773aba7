import { countMatches, type Condition, type Observed } from '../scenario/condition.js'
import { type PodTarget } from '../scenario/target.js'
import { type Pod } from '../testbed/contract.js'

/** What conditions are asked of: the run as the collector and monitor_agent see it, and the pods themselves. */
export interface ConditionSources {
  observe(): Promise<Observed>
  podOf(target: PodTarget): Pod
}

/** So much of a log is looked through, from its end. */
const logBytes = 1024 * 1024

/** Whether a condition holds now. A time is waited for, not observed: TypeError for `elapsed`. */
export async function conditionHolds(condition: Condition, sources: ConditionSources): Promise<boolean> {
  switch (condition.on) {
    case 'container': {
      const { state } = await sources.podOf(condition.target).status()
      return (state === 'running') === (condition.is === 'running')
    }
    case 'restarted':
      return (await sources.podOf(condition.target).status()).restartCount >= condition.times
    case 'log': {
      const log = await sources.podOf(condition.target).logs({ maxBytes: logBytes })
      return countMatches(log, condition.text) >= condition.times
    }
    case 'all':
      for (const part of condition.of) if (!(await conditionHolds(part, sources))) return false
      return true
    default:
      return observedHolds(condition, await sources.observe())
  }
}

type ObservedCondition = Exclude<Condition, { on: 'container' | 'restarted' | 'log' | 'all' }>

async function observedHolds(condition: ObservedCondition, observed: Observed): Promise<boolean> {
  switch (condition.on) {
    case 'sent':
    case 'delivered': {
      const byNode = condition.on === 'sent' ? observed.sentByNode : observed.deliveredByNode
      const lines = condition.node === undefined ? observed[condition.on] : (byNode[condition.node] ?? 0)
      return lines >= condition.lines
    }
    case 'buffered':
      return ((await observed.bufferedBytes(condition.target)) ?? 0) > condition.moreThanBytes
    case 'buffered-beyond-held':
      return ((await observed.bufferedBytes({ role: 'aggregator' })) ?? 0) > observed.bytesHeld
    case 'collector-holds':
      return observed.requestsHeld >= condition.requests
    case 'custom':
      return condition.holds(observed)
    case 'elapsed':
      throw new TypeError('a time is waited for, not observed')
  }
}
