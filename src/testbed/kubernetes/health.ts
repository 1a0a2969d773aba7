import { messageOf } from '../../errors.js'
import { until } from '../../until.js'
import { labelKeys } from './labels.js'
import { limitedDisk } from './limited-disk.js'
import type { Machine } from './machine.js'
import { damagePath } from './node-paths.js'
import type { NodeServices } from './node-services.js'
import { getObjects, notReady, ownKinds, type ClusterObject } from './ready.js'
import type { StandingCluster } from './standing-cluster.js'

/** What a node that was just started, or a namespace that was just deleted, may still need. */
const settleMs = 60_000

/**
 * Says something where a fault of ours, or what it hit, was left as it was. Of the network it is our chains that count:
 * the rules of Services name namespaces of ours too, for a moment longer than there are any.
 */
const lookAtNode = ({ kubelet, containerd, ctr }: NodeServices) => `
for unit in ${[...new Set([containerd, kubelet])].join(' ')}; do
  [ "$(systemctl is-active $unit)" = active ] || echo "$unit is not active"
done
for save in iptables-save ip6tables-save; do
  $save 2>/dev/null | grep -q '^:GAPLESS-' && echo "its network is cut"
done
${ctr.join(' ')} images list --quiet 2>/dev/null | grep -q '^kept\\.gapless\\.dev/' && echo "an image is hidden"
grep -q '^${limitedDisk.source} ' /proc/mounts && echo "its disk is limited"
cat ${damagePath} 2>/dev/null
true`

type ExaminedCluster = Pick<StandingCluster, 'controlPlane' | 'entry' | 'machines'>

/** Why a cluster that served a run is not as good as new; undefined where it is. */
export async function findDamage(cluster: ExaminedCluster, signal: AbortSignal): Promise<string | undefined> {
  let last: string | undefined
  const poll = async (): Promise<{ readonly damage: string | undefined } | undefined> => {
    const { lasting, passing } = await look(cluster)
    last = lasting ?? passing
    return lasting === undefined && passing !== undefined ? undefined : { damage: lasting }
  }
  try {
    const { damage } = await until('the cluster to settle', {
      timeoutMs: settleMs,
      intervalMs: 500,
      signal,
      poll,
    })
    return damage
  } catch (error) {
    signal.throwIfAborted()
    return last ?? messageOf(error)
  }
}

interface Findings {
  readonly lasting: string | undefined
  /** What may pass by itself. */
  readonly passing: string | undefined
}

async function look({ controlPlane, entry, machines }: ExaminedCluster): Promise<Findings> {
  const nodes = [entry, ...machines]
  const all = [...new Set([controlPlane.machine, ...nodes])]
  const states = await Promise.all(all.map((machine) => machine.state()))
  const off = all.find((_, index) => states[index] !== 'running')
  if (off) return { lasting: `${off.container} is off`, passing: undefined }
  const inNodes = await Promise.all(nodes.map(lookAt))
  const objects = await getObjects(controlPlane, `${ownKinds},namespaces`)
  const lasting = [...inNodes.flat(), ...changes(objects, nodes.length)]
  const leaving = objects.filter(isOurs).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  const passing = [
    ...notReady(objects.filter(({ kind }) => kind !== 'Namespace')).map((what) => `${what} is not ready`),
    ...leaving.map(({ metadata }) => `the namespace ${metadata.name} is not gone yet`),
  ]
  return { lasting: lasting[0], passing: passing[0] }
}

async function lookAt(machine: Machine): Promise<readonly string[]> {
  const { stdout } = await machine.exec(['sh', '-c', lookAtNode(machine.services)])
  const found = stdout.split('\n').filter((line) => line !== '')
  return found.map((what) => `${machine.container}: ${what}`)
}

/** By its key Kubernetes' own, but nobody puts it on a node but people, and faults of ours. */
const outOfService = 'node.kubernetes.io/out-of-service'

const isKubernetesOwn = (key: string): boolean =>
  key.startsWith('node-role.kubernetes.io/') ||
  (key.startsWith('node.kubernetes.io/') && key !== outOfService)

/** What runs change of a cluster, and should have changed back. Exported for its tests. */
export function changes(objects: readonly ClusterObject[], wantedNodes: number): readonly string[] {
  const nodes = objects.filter(({ kind }) => kind === 'Node')
  const ofNodes = nodes.flatMap(({ metadata: { name, labels }, spec }) => [
    ...(spec.unschedulable ? [`${name} is cordoned`] : []),
    ...(spec.taints ?? [])
      .filter(({ key }) => !isKubernetesOwn(key))
      .map(({ key }) => `${name} has the taint ${key}`),
    ...Object.keys(labels ?? {})
      .filter((key) => key.includes('gapless.dev/'))
      .map((key) => `${name} has the label ${key}`),
  ])
  const missing =
    nodes.length === wantedNodes ? [] : [`${nodes.length} of ${wantedNodes} nodes are registered`]
  const namespaces = objects
    .filter(isOurs)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => `the namespace ${metadata.name} was left`)
  return [...missing, ...ofNodes, ...namespaces]
}

function isOurs({ kind, metadata: { labels } }: ClusterObject): boolean {
  return kind === 'Namespace' && labels?.[labelKeys.run] !== undefined
}
