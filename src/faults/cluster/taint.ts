import { type Action } from '../../scenario/timeline.js'
import { type FluentdTarget } from '../../scenario/target.js'
import { type Evidence } from '../../store/result.js'
import { labelKeys } from '../../testbed/kubernetes/labels.js'
import { podLingersMs } from '../../testbed/kubernetes/objects.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { watchShutdown, whatFluentdSaid } from '../stop.js'
import { accessOf, eventually, machineOf } from './access.js'
import { breaking } from './mending.js'
import { changeTaints, nodeObject, podsSettled, taintsOf } from './nodes.js'
import { watchEnd } from './pod-end.js'
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
        const effects = async (): Promise<readonly Evidence[]> => {
          if (put.effect !== 'NoExecute') return []
          const ends = await ended(context, going, fromMs)
          const logged =
            log && going.some((pod) => isForwarder(pod, access.namespace))
              ? [await whatFluentdSaid(context, log)]
              : []
          return [ends, ...logged, await untouched(context, staying)]
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

/** Each has its grace period to end in, and its time to go. */
async function ended(context: FaultContext, pods: readonly SeenPod[], fromMs: number): Promise<Evidence> {
  const access = accessOf(context)
  const graceMs = Math.max(0, ...pods.map(({ spec }) => 1000 * (spec.terminationGracePeriodSeconds ?? 30)))
  const timeoutMs = graceMs + podLingersMs
  const ends = pods.map((pod) => ({ pod, end: watchEnd(pod) }))
  await eventually(
    async () => {
      const gone = await Promise.all(
        ends.map(async ({ pod, end }) => end.saw(await lookAgain(access, pod), context.nowMs())),
      )
      return gone.every(Boolean) || undefined
    },
    { timeoutMs, intervalMs: 250, signal: context.signal },
  )
  const after = ({ pod, end: { how, goneAtMs, thereAtMs } }: (typeof ends)[number]) => {
    // Where nobody waited for it, it may have gone long before.
    const when =
      goneAtMs === undefined
        ? `still there after ${seconds(timeoutMs)}`
        : `gone ${thereAtMs === undefined ? 'within' : 'after'} ${seconds(goneAtMs - fromMs)}`
    const kind = isDaemonSetPod(pod) ? ' (DaemonSet)' : ''
    return `${nameOf(pod)}${kind}${how === undefined ? '' : ` ${how},`} ${when}`
  }
  const what =
    pods.length === 0
      ? 'there was no pod that does not tolerate it'
      : `evicted: ${ends.map(after).join('; ')}`
  const all = ends.every(({ end }) => end.goneAtMs !== undefined)
  return evidence(context, what, pods.length > 0 && all, {
    pods: ends.map(({ pod, end }) => ({ ...shortly(pod), goneAtMs: end.goneAtMs })),
    kubernetesWaits: ends.flatMap(({ end }) => end.waits()),
  })
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

/** The same with the taint by which Kubernetes takes a node's word for it that it is off, and detaches its volumes. */
export const outOfService: FaultDefinition = {
  ...taint,
  fault: 'out-of-service',
  needs: ['kubernetes', 'out-of-service-taint'],
}

const outOfServiceTaint = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
} as const

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
    /** Declares a node that is off out of service, until `inService`: its pods and attachments go without it. */
    outOfService: (): Action => ({
      type: 'inject',
      spec: {
        fault: 'out-of-service',
        target,
        description: `declare ${node} out of service`,
        parameters: { ...outOfServiceTaint, wait: true },
      },
    }),
    inService: (): Action => ({
      type: 'heal',
      heals: 'out-of-service',
      target,
      description: `take ${node} into service again`,
    }),
    untaint: (): Action => ({
      type: 'heal',
      heals: 'taint',
      target,
      description: `take the taint off ${node}`,
    }),
  }
}
