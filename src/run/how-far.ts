import { type CollectorState } from '../collector/protocol.js'
import { type WireState } from '../wire/protocol.js'
import { counted } from '../words.js'
import { findHoldups, type Holdup, type HoldupOptions } from './holdups.js'

/** For a pipeline that lets nothing through: how far lines got, hop by hop, in words. */
export async function howFar(options: HoldupOptions): Promise<string> {
  const state = await options.observer.state()
  const [{ all }, tap] = await Promise.all([findHoldups(options, state), options.wire?.state()])
  return describeHowFar(all, tap ?? null, state)
}

export function describeHowFar(
  holdups: readonly Pick<Holdup, 'what'>[],
  tap: Pick<WireState, 'aggregatorListens' | 'nodes'> | null,
  { requests, rejected }: Pick<CollectorState, 'requests' | 'rejected'>,
): string {
  const nodes = Object.entries(tap?.nodes ?? {})
  const crossed = nodes.map(([node, { lines, opened }]) =>
    opened === 0
      ? `the forwarder on ${node} never connected to the aggregator`
      : `${counted(lines, 'line')} from ${node} crossed the wire in ${counted(opened, 'connection')}`,
  )
  return [
    ...(holdups.length > 0
      ? holdups.map(({ what }) => what)
      : ['no unread log and no full buffer is to be seen']),
    ...crossed,
    ...(tap?.aggregatorListens === false ? ['nothing listens where the aggregator is to'] : []),
    `the destination got ${requests === 0 ? 'no request' : counted(requests, 'request')}${rejected > 0 ? ` and stored ${String(requests - rejected)} of them` : ''}`,
  ].join('; ')
}
