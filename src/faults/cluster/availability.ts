import { setTimeout as sleep } from 'node:timers/promises'
import { type Evidence } from '../../store/result.js'
import { labelKeys } from '../../testbed/kubernetes/labels.js'
import { counted, seconds } from '../../words.js'
import { evidence, type FaultContext } from '../fault.js'
import { type MendableFault } from './mending.js'
import { accessOf } from './access.js'
import { isReady, podsOfRun } from './pods.js'

/**
 * Breaks something, and shows how many aggregators were ready from before that until it was mended, as the API server
 * has them. Shows nothing of a pipeline without any.
 */
export async function showingAvailability(
  context: FaultContext,
  what: string,
  inject: () => Promise<MendableFault>,
): Promise<MendableFault> {
  const watch = watchAvailability(context)
  try {
    const injected = await inject()
    return {
      evidence: injected.evidence,
      heal: async (parameters) => [...(await injected.heal(parameters)), ...watch.end(what)],
    }
  } catch (error) {
    watch.end(what)
    throw error
  }
}

const everyMs = 250

function watchAvailability(context: FaultContext) {
  const access = accessOf(context)
  const fromMs = context.nowMs()
  const over = new AbortController()
  const seen: { readonly atMs: number; readonly ready: number; readonly all: number }[] = []

  async function look(): Promise<void> {
    const pods = (await podsOfRun(access)).filter(
      ({ metadata }) => metadata.labels?.[labelKeys.role] === 'aggregator',
    )
    const up = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined)
    seen.push({ atMs: context.nowMs(), ready: up.length, all: pods.length })
  }

  async function keepLooking(): Promise<void> {
    const signal = AbortSignal.any([over.signal, context.signal])
    while (!signal.aborted) {
      // An API server that does not answer is asked again.
      await look().catch(() => undefined)
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  void keepLooking()
  return {
    end(what: string): Evidence[] {
      over.abort()
      const replicas = seen[0]?.all ?? 0
      if (replicas === 0) return []
      const leastReady = Math.min(...seen.map(({ ready }) => ready))
      const noneReadyMs = seen.reduce((ms, { atMs, ready }, index) => {
        const untilMs = seen[index + 1]?.atMs ?? context.nowMs()
        return ready === 0 ? ms + untilMs - atMs : ms
      }, 0)
      const lasted = `"${what}" (${seconds(context.nowMs() - fromMs)})`
      const said =
        leastReady > 0
          ? `at least ${String(leastReady)} of ${counted(replicas, 'aggregator')} ${leastReady === 1 ? 'was' : 'were'} ready all through ${lasted}`
          : `no aggregator of ${String(replicas)} was ready for ${seconds(noneReadyMs)} of ${lasted}`
      return [evidence(context, said, true, { replicas, leastReady, noneReadyMs })]
    },
  }
}
