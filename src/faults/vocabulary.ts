import { type Condition } from '../scenario/condition.js'
import { type PodTarget } from '../scenario/target.js'
import { killActions } from './kill.js'

const pod = (target: PodTarget) => ({
  ...killActions(target),
  /** A condition: lines are in its output buffer. */
  buffered: (): Condition => ({ on: 'buffered', target }),
})

/** The forwarder on a node. */
export const forwarder = (node: string) => pod({ role: 'forwarder', node })
export const aggregator = {
  ...pod({ role: 'aggregator' }),
  /** A condition: it has more in its buffer than the requests that the collector holds. */
  bufferedBeyondHeld: (): Condition => ({ on: 'buffered-beyond-held' }),
}
export { collector } from './collector.js'
