import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { type ListOf, type VolumeAttachmentObject } from '../../testbed/kubernetes/objects.js'
import { listPath } from '../../testbed/kubernetes/paths.js'
import { counted, seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { accessOf, eventually, machineOf } from './access.js'
import { attachmentNow, attachmentsTo, whyStillThere } from './attachments.js'
import { taint } from './taint.js'

/**
 * A taint like any other, but by this one Kubernetes takes it for given that the node is off: of a node that is not
 * Ready it lets go pods that were told to go, and detaches their volumes, mounted or not. Proven as a taint is, and by the
 * uids of the VolumeAttachments, which are gone.
 */
export const outOfService: FaultDefinition = {
  ...taint,
  fault: 'out-of-service',
  needs: ['kubernetes', 'out-of-service-taint'],
  async inject(spec, context) {
    const access = accessOf(context)
    const machine = machineOf(context, spec.target)
    const before = await attachedTo(access, machine)
    const fromMs = context.nowMs()
    const injected = await taint.inject(spec, context)
    return { ...injected, evidence: [...injected.evidence, await detached(context, before, fromMs)] }
  },
}

/** What of the run's volumes is attached to a machine. */
async function attachedTo(
  { api, namespace }: KubernetesAccess,
  { kubernetesName }: Machine,
): Promise<readonly VolumeAttachmentObject[]> {
  const [claims, attachments] = await Promise.all([
    api.get<ListOf<{ readonly spec: { readonly volumeName?: string } }>>(
      listPath('PersistentVolumeClaim', namespace),
    ),
    api.get<ListOf<VolumeAttachmentObject>>(listPath('VolumeAttachment')),
  ])
  const volumes = claims.items.flatMap(({ spec }) => spec.volumeName ?? [])
  return attachmentsTo(attachments.items, kubernetesName, volumes)
}

async function detached(
  context: FaultContext,
  before: readonly VolumeAttachmentObject[],
  fromMs: number,
): Promise<Evidence> {
  if (before.length === 0) return evidence(context, 'no volume of the run was attached to it', true)
  const access = accessOf(context)
  const left = async () =>
    (await Promise.all(before.map((one) => attachmentNow(access, one)))).filter((one) => one !== undefined)
  await eventually(async () => ((await left()).length === 0 ? true : undefined), {
    timeoutMs: 60_000,
    intervalMs: 250,
    signal: context.signal,
  })
  const still = await left()
  const tookMs = context.nowMs() - fromMs
  const what =
    still.length === 0
      ? `${counted(before.length, 'VolumeAttachment')} of the run to it: gone after ${seconds(tookMs)}, by uid`
      : `still there after ${seconds(tookMs)}: ${still.map((one) => `VolumeAttachment ${one.metadata.name}, ${whyStillThere(one)}`).join('; ')}`
  return evidence(context, what, still.length === 0, {
    uids: before.map(({ metadata }) => metadata.uid),
    left: still.map(({ metadata, status }) => ({ uid: metadata.uid, status })),
  })
}

const outOfServiceTaint = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
} as const

/** What a scenario says. */
export const outOfServiceActions = (node: string) => {
  const target = { role: 'node', node } as const
  return {
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
  }
}
