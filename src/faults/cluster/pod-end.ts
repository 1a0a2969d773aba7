import { exitOf } from '../../testbed/kubernetes/objects.js'
import { describeExit } from '../looking.js'
import { kubernetesWait } from './access.js'
import { type SeenPod } from './pods.js'

type Exit = ReturnType<typeof exitOf>

/** How a pod that goes away ended, and when its object was gone; seen by looking at it again and again. */
export interface PodEnd {
  /** Looks at what there still is of it; undefined: it is gone. Says whether it is. */
  saw(now: SeenPod | undefined, nowMs: number): boolean
  readonly goneAtMs: number | undefined
  /** When it was last seen; undefined: it was gone when it was first looked for. */
  readonly thereAtMs: number | undefined
  /** `ended with exit code 0`; undefined where kubelet let it go without having said. */
  readonly how: string | undefined
  /** Data of evidence: how long kubelet took to let it go once its container had ended. */
  waits(): readonly ReturnType<typeof kubernetesWait>[]
}

export function watchEnd({ metadata: { name } }: SeenPod): PodEnd {
  let exit: Exit | undefined
  let goneAtMs: number | undefined
  let thereAtMs: number | undefined
  return {
    saw(now, nowMs) {
      if (now) thereAtMs = nowMs
      exit = (now && endOf(now)) ?? exit
      if (!now) goneAtMs ??= nowMs
      return !now
    },
    get goneAtMs() {
      return goneAtMs
    },
    get thereAtMs() {
      return thereAtMs
    },
    get how() {
      return exit && describeExit(exit)
    },
    waits() {
      if (exit === undefined || goneAtMs === undefined) return []
      if (exit.code === null && exit.signal === null) return []
      return [kubernetesWait(`kubelet letting ${name} go`, exit.atMs, goneAtMs)]
    },
  }
}

/** As kubelet reports it before the pod's object goes. */
function endOf({ status }: SeenPod): Exit | undefined {
  const ended = status?.containerStatuses?.[0]?.state?.terminated
  return ended && exitOf(ended)
}
