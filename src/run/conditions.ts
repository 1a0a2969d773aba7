import { countMatches, type Condition, type Observed } from '../scenario/condition.js'
import { type PodTarget } from '../scenario/target.js'
import { type Pod } from '../testbed/contract.js'

/** What conditions are asked of: the run as the collector and monitor_agent see it, and the pods themselves. */
export interface ConditionSources {
  observe(): Promise<Observed>
  /** The pods that a scenario means: every replica of an aggregator. */
  podsOf(target: PodTarget): readonly Pod[]
}

/** So much of a log is looked through, from its end. */
const logBytes = 1024 * 1024

/** Whether a condition holds now. A time is waited for, not observed: TypeError for `elapsed`. */
export async function conditionHolds(condition: Condition, sources: ConditionSources): Promise<boolean> {
  switch (condition.on) {
    case 'container': {
      const states = await each(condition.target, sources, (pod) => pod.status())
      return states.every(({ state }) => (state === 'running') === (condition.is === 'running'))
    }
    case 'restarted': {
      const states = await each(condition.target, sources, (pod) => pod.status())
      return states.every(({ restartCount }) => restartCount >= condition.times)
    }
    case 'log': {
      const logs = await each(condition.target, sources, (pod) => pod.logs({ maxBytes: logBytes }))
      return logs.reduce((lines, log) => lines + countMatches(log, condition.text), 0) >= condition.times
    }
    case 'event': {
      const { target, reason } = condition
      const told = await each(target, sources, (pod) => pod.hasEvent(reason))
      return told.some(Boolean)
    }
    case 'all':
      for (const part of condition.of) if (!(await conditionHolds(part, sources))) return false
      return true
    default:
      return observedHolds(condition, await sources.observe())
  }
}

function each<T>(
  target: PodTarget,
  { podsOf }: ConditionSources,
  of: (pod: Pod) => Promise<T>,
): Promise<T[]> {
  return Promise.all(podsOf(target).map(of))
}

type ObservedCondition = Exclude<Condition, { on: 'container' | 'restarted' | 'log' | 'event' | 'all' }>

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
