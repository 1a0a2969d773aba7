import { exitOf, podLingersMs } from '../../testbed/kubernetes/objects.js'
import { type FaultContext } from '../fault.js'
import { describeExit } from '../looking.js'
import { accessOf, eventually, kubernetesWait } from './access.js'
import { lookAgain, type SeenPod } from './pods.js'

type Exit = ReturnType<typeof exitOf>

/** How a pod that goes away ended, and when its object was gone; seen by looking at it again and again. */
export interface PodEnd {
  /** Looks at what there still is of it; undefined: it is gone. Says whether it is. */
  saw(now: SeenPod | undefined, nowMs: number): boolean
  readonly goneAtMs: number | undefined
  /** `ended with exit code 0`; undefined where kubelet let it go without having said. */
  readonly how: string | undefined
  /** Its first process ended of its own accord, without an error. */
  readonly inOrder: boolean
  /** Data of evidence: how long kubelet took to let it go once its container had ended. */
  waits(): readonly ReturnType<typeof kubernetesWait>[]
}

export function watchEnd({ metadata: { name } }: SeenPod): PodEnd {
  let exit: Exit | undefined
  let goneAtMs: number | undefined
  return {
    saw(now, nowMs) {
      exit = (now && endOf(now)) ?? exit
      if (!now) goneAtMs ??= nowMs
      return !now
    },
    get goneAtMs() {
      return goneAtMs
    },
    get how() {
      return exit && describeExit(exit)
    },
    get inOrder() {
      return exit?.code === 0
    },
    waits() {
      if (exit === undefined || goneAtMs === undefined) return []
      if (exit.code === null && exit.signal === null) return []
      return [kubernetesWait(`kubelet letting ${name} go`, exit.atMs, goneAtMs)]
    },
  }
}

export interface Ending {
  readonly pod: SeenPod
  readonly end: PodEnd
}

/** Each has its grace period to end in, and its time to go. */
const timeToGoMs = (ends: readonly Ending[]) =>
  Math.max(0, ...ends.map(({ pod: { spec } }) => 1000 * (spec.terminationGracePeriodSeconds ?? 30))) +
  podLingersMs

/** Waits until all are, for as long as they have. */
export async function untilGone(context: FaultContext, ends: readonly Ending[]): Promise<void> {
  const access = accessOf(context)
  const look = async () => {
    const gone = await Promise.all(
      ends.map(async ({ pod, end }) => end.saw(await lookAgain(access, pod), context.nowMs())),
    )
    return gone.every(Boolean) || undefined
  }
  await eventually(look, { timeoutMs: timeToGoMs(ends), intervalMs: 250, signal: context.signal })
}

/** As kubelet reports it before the pod's object goes. */
function endOf({ status }: SeenPod): Exit | undefined {
  const ended = status?.containerStatuses?.[0]?.state?.terminated
  return ended && exitOf(ended)
}
