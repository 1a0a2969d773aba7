import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { takeLock, type Lock } from '../../../setup/lock.mjs'
import { listContainers } from '../../docker/container.js'
import { ownerOf } from '../../docker/owned.js'
import { GaplessError } from '../../errors.js'
import { findRegistry, listRuns } from '../../processes/registry.js'
import { removeClusterOf } from '../../processes/remove-cluster.js'
import { clusterDirectory, finishedFile, stateDirectory } from '../../processes/state-directory.js'
import { findDamage } from './health.js'
import { loadImages } from './load-images.js'
import type {
  ClusterMaker,
  ClusterSettings,
  KnownCluster,
  NewCluster,
  StandingCluster,
} from './standing-cluster.js'

export interface WarmOptions extends Omit<NewCluster, 'name' | 'owner' | 'kubeconfigPath'> {
  /** A test's own; default: the maker's. */
  readonly name?: string
}

export interface WarmCluster extends StandingCluster {
  /** From now on the next run may have it. */
  release(): void
}

/**
 * The warm cluster, for this run alone until it is released; others wait for it. It is made anew where it has other
 * settings or a run before left something broken. Throws GaplessError: 'usage' where a cluster of its name is not
 * ours or holds a run that was kept, and like `ClusterMaker.create`.
 */
export async function acquireWarmCluster(maker: ClusterMaker, options: WarmOptions): Promise<WarmCluster> {
  const { runId, signal, onProgress } = options
  const lock = await takeWarmLock(maker, options)
  try {
    findRegistry(runId)?.registerDocker(runId)
    const warm = await openWarm(maker, options)
    if (warm) {
      await loadImages(warm.machines, options.images ?? [], { signal, ...(onProgress && { onProgress }) })
    }
    const cluster = warm ?? (await createWarm(maker, options))
    return { ...cluster, release: () => lock.release() }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Deletes the warm cluster once no run has it. False where there is none. Throws 'usage' where it is not ours. */
export async function removeWarmCluster(
  maker: ClusterMaker,
  options: Partial<Pick<WarmOptions, 'name' | 'signal' | 'onProgress'>> = {},
): Promise<boolean> {
  const { name = maker.warmName } = options
  const lock = await takeWarmLock(maker, options)
  try {
    const owner = await findWarm(maker, name)
    if (owner === undefined) return false
    await removeClusterOf(owner)
    return true
  } finally {
    lock.release()
  }
}

function takeWarmLock(
  { warmName }: ClusterMaker,
  { name = warmName, signal, onProgress }: Partial<Pick<WarmOptions, 'name' | 'signal' | 'onProgress'>>,
): Promise<Lock> {
  return takeLock(join(stateDirectory(), 'locks', `cluster-${name}`), {
    signal,
    onWait: ({ pid }) => onProgress?.(`Another run has the warm cluster (process ${pid}); waiting for it`),
  })
}

/** The one that there is, if it will do; else it is gone. */
async function openWarm(maker: ClusterMaker, options: WarmOptions): Promise<StandingCluster | undefined> {
  const { name = maker.warmName, signal, onProgress } = options
  const owner = await findWarm(maker, name)
  if (owner === undefined) return undefined
  refuseKept(maker.controlPlaneOf(name))
  onProgress?.('Looking whether the warm cluster is as good as new')
  const place = { name, owner, kubeconfigPath: kubeconfigOf(owner) }
  const found = await lookAt(maker, { ...options, ...place }, signal)
  if (typeof found !== 'string') return found
  onProgress?.(`The warm cluster is made anew: ${found}`)
  await removeClusterOf(owner)
  return undefined
}

async function lookAt(
  maker: ClusterMaker,
  options: KnownCluster,
  signal: AbortSignal,
): Promise<StandingCluster | string> {
  const finished = join(clusterDirectory(options.owner), finishedFile)
  if (!existsSync(finished) || !existsSync(options.kubeconfigPath)) return 'it was never finished'
  if ((await readFile(finished, 'utf8')) !== fingerprint(maker, options)) return 'it has other settings'
  const nodes = await listContainers(`${maker.clusterLabel}=${options.name}`)
  const off = nodes.find(({ running }) => !running)
  if (off) return `${off.name} is off`
  if (nodes.length !== options.nodes.length + maker.moreMachines) return 'not all of its nodes are there'
  const cluster = await maker.open(options)
  return (await findDamage(cluster, signal)) ?? cluster
}

async function createWarm(maker: ClusterMaker, options: WarmOptions): Promise<StandingCluster> {
  const owner = `warm-${randomBytes(6).toString('hex')}`
  const cluster = await maker.create({
    ...options,
    name: options.name ?? maker.warmName,
    owner,
    kubeconfigPath: kubeconfigOf(owner),
  })
  await mkdir(clusterDirectory(owner), { recursive: true })
  await writeFile(join(clusterDirectory(owner), finishedFile), fingerprint(maker, options))
  return cluster
}

const kubeconfigOf = (owner: string): string => join(clusterDirectory(owner), 'kubeconfig')

/** What two clusters must have in common to be as good as each other. What nodes are called is the plan's affair. */
function fingerprint({ madeOf }: ClusterMaker, { nodes, logPolicy }: ClusterSettings): string {
  const { maxBytes, maxFiles } = logPolicy
  return JSON.stringify({
    made: 3,
    workers: nodes.length,
    ...madeOf,
    logPolicy: { maxBytes, maxFiles },
  })
}

/** Whose the cluster is; undefined where there is none. A cluster of which we have no record is not ours. */
async function findWarm(maker: ClusterMaker, name: string): Promise<string | undefined> {
  const containers = await listContainers(`${maker.clusterLabel}=${name}`)
  if (containers.length === 0) return undefined
  const owners = new Set(containers.map(ownerOf))
  const [owner] = owners
  if (owners.size === 1 && owner !== undefined && existsSync(clusterDirectory(owner))) return owner
  throw new GaplessError(
    `There is a cluster named ${name} that was not made from ${stateDirectory()}; it is left alone.`,
    {
      code: 'usage',
      hint: 'Delete it yourself if it is of no use to you, or run without --reuse.',
      command: maker.removeCommand(name),
    },
  )
}

function refuseKept(controlPlane: string): void {
  const kept = listRuns().find(
    (run) => run.detached && run.namespaces.some((each) => each.controlPlane === controlPlane),
  )
  if (kept === undefined) return
  throw new GaplessError(`The warm cluster holds the run ${kept.runId}, which was kept.`, {
    code: 'usage',
    hint: 'Remove it when you have seen enough of it, or run without --reuse.',
    command: 'gapless clean',
  })
}
