import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type ListOf, type ObjectMeta } from '../../testbed/kubernetes/objects.js'
import { listPath, objectPath } from '../../testbed/kubernetes/paths.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { comesTrue } from '../looking.js'
import { accessOf, eventually, seconds } from './access.js'
import { breaking } from './mending.js'

const system = 'kube-system'
/** What kubeadm, k0s and the others label their DNS with, whatever its name is. */
const selector = 'k8s-app=kube-dns'
/** How many there were, kept with the Deployment so that it can be undone by anybody. */
const replicasAnnotation = 'gapless.dev/replicas'

interface Deployment {
  readonly metadata: ObjectMeta & { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly replicas?: number }
}

/**
 * The cluster's DNS is gone: its Deployment is scaled to none. Proven by the endpoints of its Service, and by a node
 * whose connection to it fails. Healed when it has as many replicas as before, and one answers.
 */
export const dnsDown: FaultDefinition = {
  fault: 'dns-down',
  needs: ['kubernetes'],
  inject(_, context) {
    const access = accessOf(context)
    return breaking(access, { what: 'scale DNS up', undo: () => scaleBack(access) }, async () => {
      const [reachedBefore, before] = [await reached(context), await endpoints(access)]
      for (const { metadata, spec } of await deployments(access)) {
        const annotations = { [replicasAnnotation]: String(spec.replicas ?? 1) }
        const change = { spec: { replicas: 0 }, metadata: { annotations } }
        if (metadata.annotations?.[replicasAnnotation] !== undefined) continue
        await access.api.patch(objectPath('Deployment', system, metadata.name), change)
      }
      const none = await comesTrue(context, 60_000, async () => (await endpoints(access)).length === 0)
      const silent = await comesTrue(context, 60_000, async () => !(await reached(context)))
      const what = `its Service had ${String(before.length)} endpoints and has ${none ? 'none' : 'some still'}`
      return {
        evidence: [
          evidence(context, what, before.length > 0 && none, { before }),
          evidence(
            context,
            `a node ${reachedBefore ? 'reached it before' : 'did not reach it before either'} and ${silent ? 'does not now' : 'still does'}`,
            reachedBefore && silent,
          ),
        ],
        heal: async () => {
          await scaleBack(access)
          return [await answersAgain(context, access)]
        },
      }
    })
  },
}

async function deployments({ api }: KubernetesAccess): Promise<readonly Deployment[]> {
  const path = `${listPath('Deployment', system)}?labelSelector=${encodeURIComponent(selector)}`
  return (await api.get<ListOf<Deployment>>(path)).items
}

async function scaleBack(access: KubernetesAccess): Promise<void> {
  for (const { metadata } of await deployments(access)) {
    const replicas = metadata.annotations?.[replicasAnnotation]
    if (replicas === undefined) continue
    await access.api.patch(objectPath('Deployment', system, metadata.name), {
      spec: { replicas: Number(replicas) },
      metadata: { annotations: { [replicasAnnotation]: null } },
    })
  }
}

/** Addresses behind the Service. */
async function endpoints({ api }: KubernetesAccess): Promise<readonly string[]> {
  interface Endpoints {
    readonly subsets?: readonly { readonly addresses?: readonly { readonly ip: string }[] }[]
  }
  const path = `${listPath('Endpoints', system)}?labelSelector=${encodeURIComponent(selector)}`
  const { items } = await api.get<ListOf<Endpoints>>(path)
  const subsets = items.flatMap((item) => item.subsets ?? [])
  return subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip))
}

/** Whether the first node that is on gets a connection to DNS, by the address that pods have for it. */
async function reached(context: FaultContext): Promise<boolean> {
  const access = accessOf(context)
  interface Service {
    readonly spec: { readonly clusterIP: string }
  }
  const path = `${listPath('Service', system)}?labelSelector=${encodeURIComponent(selector)}`
  const address = (await access.api.get<ListOf<Service>>(path)).items[0]?.spec.clusterIP
  if (address === undefined) return false
  for (const node of context.cluster.nodes) {
    const machine = access.machine(node)
    if ((await machine.state()) !== 'running') continue
    const command = ['timeout', '2', 'bash', '-c', 'exec 3<>"/dev/tcp/$0/53"', address]
    return (await machine.exec(command, { allowFailure: true })).exitCode === 0
  }
  return false
}

async function answersAgain(context: FaultContext, access: KubernetesAccess): Promise<Evidence> {
  const timeoutMs = 120_000
  const fromMs = context.nowMs()
  const poll = async () =>
    (await endpoints(access)).length > 0 && (await reached(context)) ? true : undefined
  const answers = await eventually(poll, { timeoutMs, signal: context.signal })
  const what = answers
    ? `DNS is reached again, ${seconds(context.nowMs() - fromMs)} later`
    : `DNS was not reached within ${seconds(timeoutMs)}`
  return evidence(context, what, answers === true, { endpoints: await endpoints(access) })
}

/** What a scenario says of the cluster's name service. */
export const dns = {
  /** Scales it to none, until `start`. */
  stop: (): Action => ({
    type: 'inject',
    spec: { fault: 'dns-down', target: { role: 'dns' }, description: 'stop DNS', parameters: {} },
  }),
  start: (): Action => ({
    type: 'heal',
    heals: 'dns-down',
    target: { role: 'dns' },
    description: 'start DNS',
  }),
}
