import { stateClaimOf } from '../custody/copy-states.js'
import { type Held } from '../faults/fault.js'
import { bufferPath } from '../pipeline/buffer.js'
import { type RunEvent } from '../store/events.js'
import { type Cluster, type Pod, type TestbedEvents } from '../testbed/contract.js'

export interface FoundBuffersOptions {
  readonly cluster: Pick<Cluster, 'events'>
  readonly aggregators: readonly Pod[]
  readonly heldByPod: (pod: Pod, mountPath: string) => Promise<Held>
  readonly record: (event: RunEvent) => void
}

/**
 * Looks into the buffer of an aggregator whenever its volume is mounted for a pod, before that has had time to send much
 * of it. Returns how to stop that.
 */
export function tellFoundBuffers(options: FoundBuffersOptions): () => void {
  const { cluster, aggregators, heldByPod, record } = options

  async function look(node: string, claim: string): Promise<void> {
    const pod = aggregators.find((one) => stateClaimOf(one) === claim)
    if (pod === undefined) return
    const { files, lines } = await heldByPod(pod, bufferPath)
    record({ type: 'buffer-found', atMs: Date.now(), node, files, lines })
  }

  const listener = (...[event]: TestbedEvents['event']) => {
    if (event.type !== 'volume-mounted') return
    // That nobody could look is no finding.
    look(event.node, event.claim).catch(() => undefined)
  }
  cluster.events.on('event', listener)
  return () => cluster.events.off('event', listener)
}
