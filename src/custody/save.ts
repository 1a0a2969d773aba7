import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { configPath } from '../pipeline/fluentd-pod.js'
import { type BufferStatus } from '../pipeline/monitor.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { describeTarget, type FluentdTarget } from '../scenario/target.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster, type Pod } from '../testbed/contract.js'
import { copyFormerStates, copyStates } from './copy-states.js'
import { type EvidenceIndex } from './evidence.js'
import { filesOf, resolved } from './files.js'
import { readFields, type Keeper } from './keeper.js'
import { nodeLogFiles } from './node-log.js'
import { positionFilesOf } from './position-file.js'
import { counted } from '../words.js'

export interface SaveOptions {
  readonly store: RunDirectory
  readonly plan: Plan
  readonly cluster: Cluster
  readonly podOf: (target: FluentdTarget) => Pod
  readonly bufferOf: (target: FluentdTarget) => Promise<BufferStatus | null>
  /** Where lines could still be that nobody can look into: see `Drain`. */
  readonly unseen: readonly EvidenceIndex['memory'][number][]
  readonly keeper: Keeper
  /** Nodes that are off for good. */
  readonly gone: ReadonlySet<string>
}

/**
 * Keeps what a count can be made from once the testbed is gone: the nodes' container logs with how far they were
 * read, what is in buffers, secondaries and backups, and each Fluentd's own log and configuration. All of Fluentd
 * stands still meanwhile, so that no line is seen twice or missed on its way from one station to the next.
 */
export async function saveEvidence(options: SaveOptions): Promise<void> {
  const { store, plan, cluster, podOf, keeper } = options
  const memory = [...options.unseen, ...(await memoryBuffers(options)), ...(await memoryOfFormer(options))]
  const pods = fluentdsOf(plan).map((target) => ({ target, pod: podOf(target) }))
  await Promise.all(pods.map(({ pod }) => ignoreGone(pod.signal('SIGSTOP', 'all'))))
  const gone = await keeper.gone()
  const [logs, states] = await Promise.all([
    Promise.all(plan.nodes.map((node) => saveLogs(node, options))),
    Promise.all(
      pods.flatMap(({ target, pod }) => [
        saveStates(target, pod, options),
        ...pod
          .former()
          .map(async (former) =>
            former.registered || (await former.runs())
              ? copyFormerStates({ target, pod, store, cluster }, former)
              : [],
          ),
      ]),
    ),
    ...pods.map(({ pod }) => saveFluentd(store, pod, cluster)),
  ])
  await Promise.all(pods.map(({ pod }) => ignoreGone(pod.signal('SIGCONT', 'all'))))
  const { positionsGone } = gone
  const index: EvidenceIndex = {
    logs: [...gone.logs, ...logs.flat()],
    states: [...gone.states, ...states.flat()],
    memory,
    ...(positionsGone.length > 0 && { positionsGone }),
  }
  await mkdir(store.file('evidence'), { recursive: true })
  store.writeJson(path.join('evidence', 'index.json'), index)
}

async function saveLogs(
  node: string,
  { store, plan, cluster, podOf, keeper, gone }: SaveOptions,
): Promise<EvidenceIndex['logs']> {
  const positions = await positionFilesOf(plan, podOf({ role: 'forwarder', node }), cluster)
  const files = await nodeLogFiles(plan, cluster, node, positions ?? [])
  const keptAs = (name: string) => path.join('evidence', node, 'pods', name)
  await cluster.files(node).copy(
    files.map(({ file, name }) => ({ from: file, to: store.file(keptAs(name)) })),
    settled,
  )
  return files.map(({ file, name, bytes, inode, readBytes }) => {
    const kept = keptAs(name)
    const byFile = { readBytes, exact: true, skipped: [] }
    const read = positions ? (keeper.readSoFar(node, file, inode) ?? byFile) : null
    // How long the text of a compressed file is, nobody has to know.
    const off = gone.has(node) && { nodeIsOff: true as const }
    return { node, ...off, file: kept, bytes, ...readFields(read, file.endsWith('.gz') ? undefined : bytes) }
  })
}

async function saveStates(
  target: FluentdTarget,
  pod: Pod,
  { store, plan, cluster, gone }: SaveOptions,
): Promise<EvidenceIndex['states']> {
  const isForwarder = target.role === 'forwarder'
  const positions = isForwarder ? ((await positionFilesOf(plan, pod, cluster)) ?? []) : []
  const { name } = pod.spec
  const states = await copyStates({ target, pod, store, cluster, gone, except: positions }, name)
  const kept = (file: string) => store.file('evidence', name, path.basename(file))
  const { disk } = filesOf(pod, cluster)
  await disk.copy(
    positions.map((file) => ({ from: file, to: kept(file) })),
    settled,
  )
  return states
}

/** All of Fluentd stands still. */
const settled = { settled: true } as const

/** The log and the configuration of one Fluentd, in `fluentd/`. */
export async function saveFluentd(store: RunDirectory, pod: Pod, cluster: Cluster): Promise<void> {
  const { name } = pod.spec
  await mkdir(store.file('fluentd'), { recursive: true })
  const file = resolved(pod, configPath)
  const [log, config] = await Promise.all([
    pod.logs(),
    file === undefined ? undefined : cluster.files(pod.spec.node).read(file),
  ])
  await writeFile(store.file('fluentd', `${name}.log`), log)
  await writeFile(store.file('fluentd', `${name}.conf`), config ?? pod.spec.files[configPath] ?? '')
}

/**
 * A memory buffer cannot be read from outside; that it is not empty is all that can be known of it. A Fluentd that runs
 * and does not answer may hold lines on their way as well, whatever its buffer is.
 */
async function memoryBuffers({ plan, podOf, bufferOf }: SaveOptions): Promise<EvidenceIndex['memory']> {
  const found = await Promise.all(
    fluentdsOf(plan).map(async (target) => {
      const status = await bufferOf(target)
      const name = describeTarget(target)
      if (status === null) {
        const { state } = await podOf(target).status()
        return state === 'running'
          ? [{ station: `memory of the ${name}, which did not answer (which lines is not known)` }]
          : []
      }
      // What Fluentd does not say of a configuration of ours is known from its knobs.
      const file =
        plan.knobs[`${target.role}.config`] === '' && plan.knobs[`${target.role}.buffer`] === 'file'
      const bytes = file ? 0 : status.memoryBytes
      const station = `memory buffer of the ${name} (${counted(bytes, 'byte')}, which lines is not known)`
      return bytes > 0 ? [{ station }] : []
    }),
  )
  return found.flat()
}

/** The same of pods that are not at their end, though others have taken over. */
async function memoryOfFormer({ plan, podOf }: SaveOptions): Promise<EvidenceIndex['memory']> {
  const found = await Promise.all(
    fluentdsOf(plan).flatMap((target) =>
      podOf(target)
        .former()
        .map(async (pod) => {
          const station = `memory of the ${describeTarget(target)}, in its former pod ${pod.name} (which lines is not known)`
          return (await pod.runs()) ? [{ station }] : []
        }),
    ),
  )
  return found.flat()
}

/** A pod that a fault deleted has nothing to stop. */
async function ignoreGone(doing: Promise<unknown>): Promise<void> {
  await doing.catch(() => undefined)
}
