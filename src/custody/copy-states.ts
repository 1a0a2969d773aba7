import { existsSync } from 'node:fs'
import path from 'node:path'
import { statePath } from '../pipeline/buffer.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster, type FormerPod, type NodeFiles, type Pod } from '../testbed/contract.js'
import { outOfReach } from './custody.js'
import { type EvidenceIndex } from './evidence.js'
import { filesOf, resolved } from './files.js'
import { statePlaces } from './state-places.js'

/** Of which everything stands still. */
export interface StatesOf {
  readonly target: FluentdTarget
  readonly pod: Pod
  readonly store: RunDirectory
  readonly cluster: Cluster
  /** Nodes that are off for good. */
  readonly gone?: ReadonlySet<string>
  /** Files that are no station of lines. */
  readonly except?: readonly string[]
}

/**
 * Keeps the files in which a Fluentd has lines, in a directory of the run's evidence. A volume outlives its pod: what is
 * on it is held where nothing reads it until a pod comes that does, and the name of the station says so.
 */
export async function copyStates(
  { target, pod, store, cluster, gone, except = [] }: StatesOf,
  directory: string,
): Promise<EvidenceIndex['states']> {
  const { disk } = filesOf(pod, cluster)
  const { node } = pod.spec
  const where =
    (await onMovingVolume(pod, cluster, gone)) ??
    (gone?.has(node) === true ? outOfReach(node) : await detachedVolume(pod))
  const found = await statePlaces(target, (place) => resolved(pod, place), disk)
  const states = found
    .filter(({ file }) => !except.includes(file))
    .map(({ station, place, file, name, bytes }) => ({
      from: file,
      state: {
        station: `${station}${where}`,
        file: path.join('evidence', directory, place, name),
        bytes,
      },
    }))
  return copied(states, store, disk, { settled: true })
}

/** The same of a pod that has not come to its end, as far as the one in its place has not the same volume. */
export async function copyFormerStates(
  { target, pod, store, cluster }: StatesOf,
  former: FormerPod,
): Promise<EvidenceIndex['states']> {
  const disk = cluster.files(former.node)
  // A claim's volume is the same wherever it is mounted.
  const same = former.node === pod.spec.node || stateClaimOf(pod) !== undefined
  const shared = same ? `${resolved(pod, statePath)}/` : undefined
  const found = await statePlaces(target, (where) => former.resolve(where), disk)
  const states = found
    .filter(({ file }) => shared === undefined || !file.startsWith(shared))
    .map(({ station, place, file, name, bytes }) => ({
      from: file,
      state: {
        station: `${station}, in its former pod ${former.name} on ${former.node}`,
        file: path.join('evidence', pod.spec.name, former.name, place, name),
        bytes,
      },
    }))
  return copied(states, store, disk)
}

async function copied(
  states: readonly { readonly from: string; readonly state: EvidenceIndex['states'][number] }[],
  store: RunDirectory,
  disk: NodeFiles,
  options: { readonly settled?: boolean } = {},
): Promise<EvidenceIndex['states']> {
  await disk.copy(
    states.map(({ from, state }) => ({ from, to: store.file(state.file) })),
    options,
  )
  // One that was flushed at the last moment is gone with what was in it.
  return states.filter(({ state }) => existsSync(store.file(state.file))).map(({ state }) => state)
}

/** A volume that outlives nodes: where it is says whether something reads it. undefined where it is on none. */
async function onMovingVolume(
  pod: Pod,
  cluster: Pick<Cluster, 'attachedTo'>,
  gone: ReadonlySet<string> = new Set(),
): Promise<string | undefined> {
  const source = pod.spec.volumes.find(({ name }) => name === 'state')?.source
  if (source?.type !== 'persistentVolumeClaim' || source.storage === undefined) return undefined
  if ((await pod.status()).state === 'running') return ''
  const claim = `, on the volume ${source.claimName}, which`
  if (source.storage === 'file') return `${claim} no aggregator reads`
  const nodes = (await cluster.attachedTo?.(source.claimName)) ?? []
  const named = nodes.map((node) => (gone.has(node) ? `${node}, which is off` : node))
  return `${claim} is attached to ${named.join(' and ') || 'no node'}`
}

async function detachedVolume(pod: Pod): Promise<string> {
  if ((await pod.status()).reason !== 'Deleted') return ''
  const claim = stateClaimOf(pod)
  return claim === undefined
    ? `, whose pod is gone from ${pod.spec.node}`
    : `, on the volume ${claim}, which is attached to no node`
}

/** The claim that a Fluentd's state is on; undefined where it goes with the pod or stays on the node. */
export function stateClaimOf({ spec }: Pod): string | undefined {
  const source = spec.volumes.find(({ name }) => name === 'state')?.source
  return source?.type === 'persistentVolumeClaim' ? source.claimName : undefined
}
