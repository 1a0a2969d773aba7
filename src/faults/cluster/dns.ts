import { type Action } from '../../scenario/timeline.js'
import { type Evidence } from '../../store/result.js'
import { type KubernetesAccess } from '../../testbed/contract.js'
import { type ListOf, type ObjectMeta } from '../../testbed/kubernetes/objects.js'
import { listPath, objectPath } from '../../testbed/kubernetes/paths.js'
import { seconds } from '../../words.js'
import { evidence, type FaultContext, type FaultDefinition } from '../fault.js'
import { comesTrue } from '../looking.js'
import { accessOf, eventually } from './access.js'
import { breaking } from './mending.js'

const system = 'kube-system'
/** What kubeadm, k0s and the others label their DNS with, whatever its name is. */
const selector = `labelSelector=${encodeURIComponent('k8s-app=kube-dns')}`
/** No pod has this label. */
const nobody = 'gapless.dev/nobody'

interface Service {
  readonly metadata: ObjectMeta
  readonly spec: { readonly clusterIP: string; readonly selector?: Readonly<Record<string, string>> }
}

/**
 * The cluster's DNS is gone: its Service selects no pod any more. Its pods stay, so that nothing has to be scheduled
 * or pulled for it to be back. Proven by the Service's endpoints, and by a node whose connection to it fails. Healed
 * when a node gets a connection again.
 */
export const dnsDown: FaultDefinition = {
  fault: 'dns-down',
  needs: ['kubernetes'],
  targets: ['dns'],
  inject(_, context) {
    const access = accessOf(context)
    const takeBack = () => select(access, null)
    return breaking(access, { what: 'give the Service of DNS its pods back', undo: takeBack }, async () => {
      const [reachedBefore, before] = [await reached(context), await endpoints(access)]
      await select(access, 'true')
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
          const stayed = (await endpoints(access)).length === 0
          await takeBack()
          return [
            evidence(
              context,
              stayed ? 'it had no endpoints to the end' : 'somebody else had given it endpoints',
              stayed,
            ),
            await answersAgain(context, access),
          ]
        },
      }
    })
  },
}

async function services({ api }: KubernetesAccess): Promise<readonly Service[]> {
  return (await api.get<ListOf<Service>>(`${listPath('Service', system)}?${selector}`)).items
}

async function select(access: KubernetesAccess, value: 'true' | null): Promise<void> {
  for (const { metadata, spec } of await services(access)) {
    if (spec.selector === undefined) continue
    const change = { spec: { selector: { [nobody]: value } } }
    await access.api.patch(objectPath('Service', system, metadata.name), change)
  }
}

/** Addresses behind the Service. */
async function endpoints({ api }: KubernetesAccess): Promise<readonly string[]> {
  interface Endpoints {
    readonly subsets?: readonly { readonly addresses?: readonly { readonly ip: string }[] }[]
  }
  const path = `${listPath('Endpoints', system)}?${selector}`
  const { items } = await api.get<ListOf<Endpoints>>(path)
  const subsets = items.flatMap((item) => item.subsets ?? [])
  return subsets.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip))
}

/** Whether the first node that is on gets a connection to DNS, by the address that pods have for it. */
async function reached(context: FaultContext): Promise<boolean> {
  const access = accessOf(context)
  const address = (await services(access))[0]?.spec.clusterIP
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
  /** Its Service has no endpoints, until `start`. */
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
