import { messageOf } from '../../errors.js'
import { machineCalled, type KubernetesContext } from './context.js'
import { nodeOf, type PodObject } from './objects.js'
import { podEvents } from './pod-events.js'
import { incarnation, keepLogs, type Incarnation } from './pod-logs.js'
import type { PodChange } from './pod-watch.js'
import { tellRemovedLogs } from './removed-logs.js'
import { seePod } from './node-processes.js'

/** The pods that were, one after the other, the one that a spec asks for. */
export interface PodHistory {
  /** Oldest first; only those that were scheduled. */
  readonly incarnations: readonly Incarnation[]
  stop(): void
}

/**
 * Follows a pod through its deletions: tells the events of its container, and keeps links to its log files, which
 * kubelet would remove. `mine` says whether a pod is one of them; `tellsRemoval`, whether the end of its logs matters.
 */
export function followPod(
  name: string,
  container: string,
  mine: (pod: PodObject) => boolean,
  tellsRemoval: boolean,
  context: KubernetesContext,
): PodHistory {
  const incarnations: Incarnation[] = []
  const over = new AbortController()

  function take(change: PodChange): void {
    const { last } = change
    if (!mine(last)) return
    const one = remember(last)
    const machine = machineCalled(nodeOf(last) ?? '', context)
    const names = { pod: name, node: machine?.node ?? '' }
    for (const event of podEvents(change, names)) {
      if (event.type === 'pod-deleted' && tellsRemoval && one) {
        void tellRemovedLogs(one, names, context, over.signal)
      }
      if (event.type !== 'container-started') context.onEvent(event)
      else if (one) void started(one, event)
    }
  }

  function remember({
    metadata: { uid, name: pod, namespace = '' },
    spec,
  }: PodObject): Incarnation | undefined {
    const known = incarnations.find((one) => one.uid === uid)
    const machine = spec.nodeName === undefined ? undefined : machineCalled(spec.nodeName, context)
    if (known || machine === undefined) return known
    const one = incarnation(machine, { uid, name: pod, namespace, container }, context.runId)
    incarnations.push(one)
    return one
  }

  /** The process id is 0 where the container was gone before anybody could look. */
  async function started(
    one: Incarnation,
    event: Extract<ReturnType<typeof podEvents>[number], { type: 'container-started' }>,
  ): Promise<void> {
    try {
      const [seen] = await Promise.all([seePod(one.machine, one), keepLogs(one)])
      const same = seen.containerId === event.containerId
      const atMs = (same ? seen.startedAtMs : undefined) ?? event.atMs
      context.onEvent({ ...event, atMs, pid: same ? (seen.processes[0]?.pid ?? 0) : 0 })
    } catch (error) {
      context.onProgress(`${name}: could not look at its container: ${messageOf(error)}`)
      context.onEvent({ ...event, pid: 0 })
    }
  }

  for (const pod of context.watch.pods()) take({ after: pod, last: pod })
  const unwatch = context.watch.onChange(take)
  const stop = () => {
    unwatch()
    over.abort()
  }
  return { incarnations, stop }
}
