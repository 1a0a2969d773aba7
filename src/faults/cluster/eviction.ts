import { messageOf } from '../../errors.js'
import { type Evidence } from '../../store/result.js'
import { ApiError, isConflict, isGone, isTooMany } from '../../testbed/kubernetes/api.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'
import { accessOf, eventually, kubernetesWait } from './access.js'
import { trouble } from './nodes.js'
import { watchEnd } from './pod-end.js'
import { controllerOf, lookAgain, nameOf, shortly, type SeenPod } from './pods.js'

export interface EvictionOptions {
  readonly timeoutMs: number
  readonly gracePeriodSeconds?: number
}

/** Evicts pods, all at once, each tried again as long as a budget forbids it. */
export function evictAll(
  context: FaultContext,
  pods: readonly SeenPod[],
  options: EvictionOptions,
): Promise<readonly Evidence[]> {
  return Promise.all(pods.map((pod) => evict(context, pod, options)))
}

/** kubectl waits five seconds between its tries; here the time that a budget took is to be measured. */
const retryMs = 500

async function evict(context: FaultContext, pod: SeenPod, options: EvictionOptions): Promise<Evidence> {
  const access = accessOf(context)
  const { timeoutMs, gracePeriodSeconds } = options
  const fromMs = context.nowMs()
  let tries = 0
  let refusal: string | undefined
  const settings = { uid: pod.metadata.uid, ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }) }
  const accepted = await eventually(
    async () => {
      tries += 1
      try {
        await access.api.evict(pod.metadata.namespace ?? '', pod.metadata.name, settings)
        return true
      } catch (error) {
        // Another pod of its name, or none: this one has gone.
        if (isGone(error) || (isConflict(error) && !(await lookAgain(access, pod)))) return true
        refusal = error instanceof ApiError && isTooMany(error) ? error.message : messageOf(error)
        return undefined
      }
    },
    { timeoutMs, intervalMs: retryMs, signal: context.signal },
  )
  const blockedMs = context.nowMs() - fromMs
  const name = `${nameOf(pod)} (${controllerOf(pod)?.kind ?? 'nobody'})`
  if (!accepted) {
    const what = `evicting ${name} was refused for ${seconds(blockedMs)}, ${String(tries)} times: ${refusal ?? ''}`
    return evidence(context, what, false, { ...shortly(pod), tries, refusal })
  }
  const acceptedMs = context.nowMs()
  const end = watchEnd(pod)
  const look = async () => end.saw(await lookAgain(access, pod), context.nowMs()) || undefined
  const gone = await eventually(look, {
    timeoutMs: Math.max(timeoutMs - blockedMs, 1000),
    signal: context.signal,
  })
  const tookMs = context.nowMs() - acceptedMs
  const still = gone ? undefined : await lookAgain(access, pod)
  const budget = tries > 1 ? `, after a PodDisruptionBudget had refused it for ${seconds(blockedMs)}` : ''
  const what = still
    ? `${name} was evicted, and ${seconds(tookMs)} later it was still there: ${trouble(still)}`
    : `${name} was evicted${budget}${end.how === undefined ? '' : `, its container ${end.how}`} and was gone ${seconds(tookMs)} later, by its uid`
  return evidence(context, what, still === undefined, {
    ...shortly(pod),
    tries,
    evictedAtMs: acceptedMs,
    goneAtMs: end.goneAtMs,
    kubernetesWaits: [
      ...(tries > 1 ? [kubernetesWait('PodDisruptionBudget', fromMs, acceptedMs)] : []),
      ...end.waits(),
    ],
  })
}
