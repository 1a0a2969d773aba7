import { stateClaimOf } from '../custody/copy-states.js'
import { type Held } from '../faults/fault.js'
import { bufferPath } from '../pipeline/buffer.js'
import { type RunEvent } from '../store/events.js'
import { type Cluster, type Pod, type Storage, type TestbedEvent } from '../testbed/contract.js'

export interface FoundBuffersOptions {
  readonly cluster: Pick<Cluster, 'events'>
  readonly aggregators: readonly Pod[]
  readonly heldByPod: (pod: Pod, mountPath: string) => Promise<Held>
  readonly record: (event: RunEvent) => void
}

/**
 * Looks into the buffer of an aggregator when its volume comes to another node, before a pod there can send anything of
 * it: when it is attached or, where it is not, when the pod has its node. Returns how to stop that.
 */
export function tellFoundBuffers(options: FoundBuffersOptions): () => void {
  const { cluster, aggregators, heldByPod, record } = options

  function comesToNode(event: TestbedEvent): Pod | undefined {
    if (event.type === 'volume-attached') return aggregators.find((pod) => stateClaimOf(pod) === event.claim)
    if (event.type !== 'pod-scheduled') return undefined
    return aggregators.find((pod) => pod.spec.name === event.pod && storageOf(pod) === 'file')
  }

  async function look(pod: Pod, node: string): Promise<void> {
    const atMs = Date.now()
    const { files, lines } = await heldByPod(pod, bufferPath)
    record({ type: 'buffer-found', atMs, node, files, lines })
  }

  const listener = (event: TestbedEvent) => {
    const pod = comesToNode(event)
    // That nobody could look is no finding.
    if (pod && 'node' in event) look(pod, event.node).catch(() => undefined)
  }
  cluster.events.on('event', listener)
  return () => cluster.events.off('event', listener)
}

function storageOf({ spec }: Pod): Storage | undefined {
  const source = spec.volumes.find(({ name }) => name === 'state')?.source
  return source?.type === 'persistentVolumeClaim' ? source.storage : undefined
}
