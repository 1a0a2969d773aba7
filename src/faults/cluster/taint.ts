import { type Action } from '../../scenario/timeline.js'
import { type FluentdTarget } from '../../scenario/target.js'
import { type Evidence } from '../../store/result.js'
import { labelKeys } from '../../testbed/kubernetes/labels.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { watchShutdown, whatFluentdSaid } from '../stop.js'
import { accessOf, machineOf } from './access.js'
import { breaking } from './mending.js'
import { changeTaints, nodeObject, podsSettled, taintsOf } from './nodes.js'
import { untilGone, watchEnd, type Ending, type PodEnd } from './pod-end.js'
import {
  isDaemonSetPod,
  isMirror,
  lookAgain,
  nameOf,
  podsOn,
  shortly,
  toleratesForMs,
  type SeenPod,
  type Taint,
} from './pods.js'

/**
 * Taints a node, which with NoExecute ends all pods that do not tolerate it, DaemonSets' too, each with its grace
 * period. Proven by the taint on the node, by the uids of the pods that went, by the forwarder's own log, and by
 * what tolerates it, such as kube-proxy, being the same as before. Healed when it is off and pods are back.
 */
export const taint: FaultDefinition = {
  fault: 'taint',
  needs: ['kubernetes'],
  targets: ['node'],
  inject(spec, context) {
    const machine = machineOf(context, spec.target)
    const access = accessOf(context)
    const { wait = true, ...put } = spec.parameters as unknown as Taint & { readonly wait?: boolean }
    const isOurs = ({ key, effect }: Taint) => key === put.key && effect === put.effect
    const takeOff = () => changeTaints(access, machine, (taints) => taints.filter((one) => !isOurs(one)))
    return breaking(
      access,
      { what: `take ${describe(put)} off ${machine.node}`, undo: takeOff },
      async () => {
        const pods = (await podsOn(access, machine)).filter((pod) => !isMirror(pod))
        const forwarder: FluentdTarget = { role: 'forwarder', node: machine.node }
        // Where the machine is off there is nobody to be told.
        const log =
          (await machine.state()) === 'running'
            ? await watchShutdown(context, context.pod(forwarder))
            : undefined
        const fromMs = context.nowMs()
        await changeTaints(access, machine, (taints) => [...taints.filter((one) => !isOurs(one)), put])
        const going = put.effect === 'NoExecute' ? pods.filter((pod) => !(toleratesForMs(pod, put) ?? 0)) : []
        const staying = pods.filter((pod) => toleratesForMs(pod, put) === Infinity)
        const seen = taintsOf(await nodeObject(access, machine)).some(isOurs)
        const on = evidence(
          context,
          `${machine.node} ${seen ? 'has' : 'does not have'} the taint ${describe(put)}`,
          seen,
        )
        const ends = going.map((pod) => ({ pod, end: watchEnd(pod) }))
        // Seen from now on, also where nobody waits for it: how a container ended is told only until its pod is gone.
        const seenGone = untilGone(context, ends)
        seenGone.catch(() => undefined)
        const effects = async (): Promise<readonly Evidence[]> => {
          if (put.effect !== 'NoExecute') return []
          await seenGone
          // A node that was down for long has its pods' time to go again.
          if (!wait) await untilGone(context, ends)
          const ofForwarder = ends.find(({ pod }) => isForwarder(pod, access.namespace))
          const logged = log && ofForwarder ? [await whatFluentdSaid(context, log)] : []
          const told = wait ? logged : logged.map((said) => unlessUnwritten(context, said, ofForwarder?.end))
          return [ended(context, ends, fromMs), ...told, await untouched(context, staying)]
        }
        const early = wait ? await effects() : []
        return {
          evidence: [on, ...early],
          async heal() {
            const late = wait ? [] : await effects()
            const there = taintsOf(await nodeObject(access, machine)).some(isOurs)
            await takeOff()
            const left = taintsOf(await nodeObject(access, machine)).some(isOurs)
            const what = `the taint ${describe(put)} ${there ? 'was there to the end' : 'had been taken off by somebody else'} and is ${left ? 'still there' : 'off'}`
            const off = evidence(context, what, there && !left)
            return [...late, off, await podsSettled(context, machine)]
          },
        }
      },
    )
  },
}

const describe = ({ key, value, effect }: Taint) =>
  `${key}${value === undefined ? '' : `=${value}`}:${effect}`

const isForwarder = ({ metadata }: SeenPod, namespace: string) =>
  metadata.namespace === namespace && metadata.labels?.[labelKeys.role] === 'forwarder'

function ended(context: FaultContext, ends: readonly Ending[], fromMs: number): Evidence {
  const after = ({ pod, end: { how, goneAtMs } }: Ending) => {
    const when =
      goneAtMs === undefined
        ? `still there after ${seconds(context.nowMs() - fromMs)}`
        : `gone after ${seconds(goneAtMs - fromMs)}`
    const kind = isDaemonSetPod(pod) ? ' (DaemonSet)' : ''
    return `${nameOf(pod)}${kind}${how === undefined ? '' : ` ${how},`} ${when}`
  }
  const what =
    ends.length === 0
      ? 'there was no pod that does not tolerate it'
      : `evicted: ${ends.map(after).join('; ')}`
  const all = ends.every(({ end }) => end.goneAtMs !== undefined)
  return evidence(context, what, ends.length > 0 && all, {
    pods: ends.map(({ pod, end }) => ({ ...shortly(pod), goneAtMs: end.goneAtMs })),
    kubernetesWaits: ends.flatMap(({ end }) => end.waits()),
  })
}

/** While its node's containerd is down nobody writes Fluentd's log; how its container ended kubelet tells later. */
function unlessUnwritten(context: FaultContext, said: Evidence, end: PodEnd | undefined): Evidence {
  if (said.holds || end?.inOrder !== true) return said
  const what = `${said.what}, or nobody wrote it down; its container ${end.how ?? 'ended in order'}`
  return evidence(context, what, true)
}

async function untouched(context: FaultContext, pods: readonly SeenPod[]): Promise<Evidence> {
  const access = accessOf(context)
  const now = await Promise.all(pods.map((pod) => lookAgain(access, pod)))
  const touched = pods.filter((pod, index) => !sameContainers(pod, now[index]))
  const what =
    touched.length === 0
      ? `what tolerates it is untouched: ${pods.map(nameOf).join(', ') || 'nothing'}`
      : `what tolerates it was touched as well: ${touched.map(nameOf).join(', ')}`
  return evidence(context, what, touched.length === 0, { pods: pods.map(shortly) })
}

function sameContainers(before: SeenPod, after: SeenPod | undefined): boolean {
  const ids = ({ status }: SeenPod) =>
    (status?.containerStatuses ?? []).map(({ containerID }) => containerID).join()
  return after !== undefined && after.metadata.deletionTimestamp === undefined && ids(before) === ids(after)
}

export interface TaintOptions {
  readonly key?: string
  readonly value?: string
  readonly effect?: 'NoExecute' | 'NoSchedule' | 'PreferNoSchedule'
  /** false: the step is done once the node has it, as k0sctl does not wait for what it evicts either. Default true. */
  readonly wait?: boolean
}

/** What k0sctl's evictTaint puts on a worker while it upgrades it, unless told otherwise. */
export const k0sctlEvictTaint = {
  key: 'k0sctl.k0sproject.io/evict',
  value: 'true',
  effect: 'NoExecute',
} as const

/** What a scenario says. */
export const taintActions = (node: string) => {
  const target = { role: 'node', node } as const
  return {
    /** Puts a taint on the node until `untaint`; which one: k0sctl's evictTaint unless said otherwise. */
    taint: (options: TaintOptions = {}): Action => {
      const { key, value, effect } = options.key === undefined ? { ...k0sctlEvictTaint, ...options } : options
      const put = { key: key ?? '', effect: effect ?? 'NoExecute', ...(value !== undefined && { value }) }
      return {
        type: 'inject',
        spec: {
          fault: 'taint',
          target,
          description: `taint ${node} with ${describe(put)}`,
          parameters: { ...put, wait: options.wait ?? true },
        },
      }
    },
    untaint: (): Action => ({
      type: 'heal',
      heals: 'taint',
      target,
      description: `take the taint off ${node}`,
    }),
  }
}
