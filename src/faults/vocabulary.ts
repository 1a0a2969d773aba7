import { logText, type Condition } from '../scenario/condition.js'
import { type PodTarget } from '../scenario/target.js'
import { killActions } from './kill.js'

const pod = (target: PodTarget) => ({
  ...killActions(target),
  /** A condition: lines, or more than so many bytes, are in its output buffer. */
  buffered: ({ moreThanBytes = 0 }: { readonly moreThanBytes?: number } = {}): Condition => ({
    on: 'buffered',
    target,
    moreThanBytes,
  }),
  /** Conditions on its container; a restart of a worker by Fluentd's supervisor is none of the container. */
  running: (): Condition => ({ on: 'container', target, is: 'running' }),
  down: (): Condition => ({ on: 'container', target, is: 'down' }),
  restarted: (times = 1): Condition => ({ on: 'restarted', target, times }),
  /** A condition: so many lines of Fluentd's own log, since its pod was created, have this text or match. */
  logged: (text: string | RegExp, { times = 1 }: { readonly times?: number } = {}): Condition => ({
    on: 'log',
    target,
    text: logText(text),
    times,
  }),
})

/** The forwarder on a node. */
export const forwarder = (node: string) => pod({ role: 'forwarder', node })
export const aggregator = {
  ...pod({ role: 'aggregator' }),
  /** A condition: it has more in its buffer than the requests that the collector holds. */
  bufferedBeyondHeld: (): Condition => ({ on: 'buffered-beyond-held' }),
}
export { collector } from './collector.js'
