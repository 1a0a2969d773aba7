import { type KubernetesAccess } from '../../testbed/contract.js'
import { isGone } from '../../testbed/kubernetes/api.js'
import {
  conditionOf,
  type EventObject,
  type ListOf,
  type NodeObject,
} from '../../testbed/kubernetes/objects.js'
import { listPath } from '../../testbed/kubernetes/paths.js'
import { type FaultContext } from '../fault.js'
import { eventually } from './access.js'
import { trouble } from './nodes.js'
import { controllerOf, isReady, lookAgain, podPath, podsOfRun, type SeenPod } from './pods.js'

export interface Replacement {
  readonly pod?: SeenPod
  readonly says: string
}

/** What its controller has put in the place of a pod, which a StatefulSet does only once the old one is gone. */
export async function replacementOf(
  access: KubernetesAccess,
  pod: SeenPod,
  context: FaultContext,
  timeoutMs = 10_000,
): Promise<Replacement> {
  const owner = controllerOf(pod)
  if (owner === undefined) return { says: 'nobody replaces it' }
  const look = async () =>
    (await podsOfRun(access)).find(
      (other) =>
        controllerOf(other)?.uid === owner.uid &&
        other.metadata.uid !== pod.metadata.uid &&
        Date.parse(other.metadata.creationTimestamp) >= Date.parse(pod.metadata.creationTimestamp),
    )
  const fitsNowhere = askScheduler(access, context)
  const expected = owner.kind !== 'StatefulSet' || (await lookAgain(access, pod)) === undefined
  const found = expected
    ? await eventually(
        async () => {
          const other = await look()
          const settled =
            other &&
            (isReady(other) ||
              (await fitsNowhere(other)) ||
              (await attachRefused(access, other)) !== undefined)
          return settled ? other : undefined
        },
        { timeoutMs, signal: context.signal },
      )
    : undefined
  const other = found ?? (await look())
  if (other === undefined) return { says: 'nothing has taken its place' }
  const refused = isReady(other) ? undefined : await attachRefused(access, other)
  const why = refused === undefined ? trouble(other) : `${trouble(other)}: ${refused}`
  const at = isReady(other) ? `is ready on ${other.spec.nodeName ?? '?'}` : `is not ready: ${why}`
  return { pod: other, says: `${other.metadata.name} has taken its place and ${at}` }
}

/** Why its volume cannot be attached, in Kubernetes' own words, such as a Multi-Attach error. */
async function attachRefused(
  { api, namespace }: KubernetesAccess,
  { metadata: { uid } }: SeenPod,
): Promise<string | undefined> {
  const selector = encodeURIComponent(`involvedObject.uid=${uid},reason=FailedAttachVolume`)
  const path = `${listPath('Event', namespace)}?fieldSelector=${selector}`
  return (await api.get<ListOf<EventObject>>(path)).items.at(-1)?.message
}

/** How often the scheduler is asked to look again, and for how long: it backs off for up to 10 s. */
const lookAgainMs = 5000
const askForMs = 15_000

/**
 * Whether the scheduler has found no node for a pod among those that there are now. One that it looked for while there
 * were others it may not look for again for a minute; a change of the pod makes that of Kubernetes before 1.32. Where
 * it does not look, what it said stands.
 */
function askScheduler({ api }: KubernetesAccess, { nowMs }: FaultContext) {
  let askedFromMs: number | undefined
  return async (pod: SeenPod): Promise<boolean> => {
    const scheduled = conditionOf(pod, 'PodScheduled')
    if (scheduled?.status !== 'False') return false
    const { items } = await api.get<ListOf<NodeObject>>(listPath('Node'))
    if ((nodesLookedAt(scheduled.message) ?? items.length) === items.length) return true
    askedFromMs ??= nowMs()
    if (nowMs() - askedFromMs > askForMs) return true
    const annotations = { 'gapless.dev/look-again': String(Math.floor(nowMs() / lookAgainMs)) }
    await api.patch(podPath(pod), { metadata: { annotations } }).catch((error: unknown) => {
      if (!isGone(error)) throw error
    })
    return false
  }
}

/** `0/3 nodes are available: …`; undefined where it says nothing of that kind. */
function nodesLookedAt(message = ''): number | undefined {
  const [, nodes] = /^\d+\/(\d+) nodes are available/.exec(message) ?? []
  return nodes === undefined ? undefined : Number(nodes)
}
