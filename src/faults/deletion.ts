import { existsSync } from 'node:fs'
import { z } from 'zod'
import { GaplessError } from '../errors.js'
import { describeDuration, type Duration } from '../scenario/duration.js'
import { describeTarget, type FluentdTarget, type PodTarget } from '../scenario/target.js'
import { type Action } from '../scenario/timeline.js'
import { type Pod } from '../testbed/contract.js'
import { type Evidence } from '../store/result.js'
import {
  describeHeld,
  evidence,
  inEach,
  type FaultContext,
  type FaultDefinition,
  type Held,
} from './fault.js'
import { describeExit } from './looking.js'
import { graceSeconds, watchShutdown, whatFluentdSaid } from './stop.js'

/**
 * Deletes the pod with its grace period, and what goes with a pod: its emptyDirs and its container. Proven by how
 * the container ended and by what became of its state volume. Healed by creating it again, on the same node or on
 * another, where a claim follows it and a hostPath does not.
 */
export const deletion: FaultDefinition = {
  fault: 'deletion',
  needs: ['pod-deletion', 'node-files'],
  inject: inEach(async (target, spec, context) => {
    const pod = context.pod(target)
    const grace = graceSeconds(spec.parameters)
    const graceMs = 1000 * (grace ?? pod.spec.terminationGracePeriodSeconds)
    const before = await pod.status()
    const log = await watchShutdown(context, pod)
    const state = context.stateDirectory(target)
    const fromMs = context.nowMs()
    await pod.delete(grace === undefined ? {} : { gracePeriodSeconds: grace })
    const tookMs = context.nowMs() - fromMs
    const after = await pod.status()
    const what = `the pod on ${pod.spec.node} is gone; its container ${describeExit(after.lastExit)} ${describeDuration(tookMs)} after the deletion (grace period ${describeDuration(graceMs)})`
    return {
      evidence: [
        evidence(context, what, before.state === 'running' && after.reason === 'Deleted', {
          lastExit: after.lastExit,
          tookMs,
        }),
        ...(graceMs > 0 ? [await whatFluentdSaid(context, log)] : []),
        stateAfter(context, pod, state, await context.heldBelow(state)),
      ],
      heal: (parameters) => recreate(context, target, recreationSchema.parse(parameters)),
    }
  }),
}

function stateAfter(context: FaultContext, pod: Pod, directory: string, held: Held): Evidence {
  const type = stateVolume(pod)
  return type === 'emptyDir'
    ? evidence(context, 'its emptyDir with buffer and positions is gone', !existsSync(directory))
    : evidence(context, `its ${type} is still there: ${describeHeld(held)}`, existsSync(directory), {
        ...held,
      })
}

function stateVolume(pod: Pod): string {
  return pod.spec.volumes.find(({ name }) => name === 'state')?.source.type ?? 'state volume'
}

async function recreate(
  context: FaultContext,
  target: FluentdTarget,
  options: z.infer<typeof recreationSchema>,
): Promise<Evidence[]> {
  const pod = context.pod(target)
  const from = pod.spec.node
  const left = options.newVolumes ? await leaveVolume(context, target) : []
  await pod.recreate(options)
  const status = await pod.status()
  const held = await context.heldBelow(context.stateDirectory(target))
  const where = pod.spec.node === from ? `on ${from} again` : `on ${pod.spec.node} instead of ${from}`
  const first = String(status.processes[0]?.pid)
  return [
    evidence(context, `the pod runs ${where}, process ${first}`, status.state === 'running', {
      container: status,
    }),
    ...left,
    evidence(context, `its ${stateVolume(pod)} was found with ${describeHeld(held)}`, true, { ...held }),
  ]
}

/** Nobody writes to a volume that is attached nowhere, so what is on it now is what stays on it. */
async function leaveVolume(context: FaultContext, target: FluentdTarget): Promise<Evidence[]> {
  const held = await context.heldBelow(context.stateDirectory(target))
  const claim = await context.keepVolume(target)
  if (claim === undefined) {
    throw new GaplessError(
      `the state of the ${describeTarget(target)} is on no volume that could stay behind`,
      {
        code: 'scenario-invalid',
        hint: `Set the knob ${target.role}.stateVolume to persistentVolumeClaim.`,
      },
    )
  }
  const what = `the volume ${claim} stays behind, attached to no node, with ${describeHeld(held)}`
  return [evidence(context, what, true, { ...held })]
}

/** What a scenario says. */
export const deletionActions = (target: PodTarget) => ({
  /**
   * Deletes the pod, as `kubectl delete pod` or an eviction does; it stays away until `recreate`. The grace period is
   * the pod's (knob terminationGracePeriod) unless given; 0s is SIGKILL at once.
   */
  delete: ({ gracePeriod }: { readonly gracePeriod?: Duration } = {}): Action => ({
    type: 'inject',
    spec: {
      fault: 'deletion',
      target,
      description: `delete the pod of the ${describeTarget(target)}${
        gracePeriod === undefined ? '' : ` with a grace period of ${gracePeriod}`
      }`,
      parameters: gracePeriod === undefined ? {} : { gracePeriod },
    },
  }),
})

const recreationSchema = z.object({
  node: z.string().exactOptional(),
  newVolumes: z.boolean().exactOptional(),
})

const recreation = (target: PodTarget, options: z.infer<typeof recreationSchema> = {}): Action => ({
  type: 'heal',
  heals: 'deletion',
  target,
  description: `create the pod of the ${describeTarget(target)} again${
    options.node === undefined ? '' : ` on ${options.node}`
  }${options.newVolumes ? ', with a new volume' : ''}`,
  ...(Object.keys(options).length > 0 && { parameters: options }),
})

/** A DaemonSet's pod comes back where it was. */
export const forwarderRecreation = (target: PodTarget) => ({ recreate: () => recreation(target) })

/** A StatefulSet's or Deployment's pod may come back on another node, and without the volume that it had. */
export const aggregatorRecreation = (target: PodTarget) => ({
  recreate: (options?: { readonly node?: string; readonly newVolumes?: boolean }) =>
    recreation(target, options),
})
