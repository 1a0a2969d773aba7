import { copyFile, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { appLogPath } from '../pipeline/app.js'
import { positionPaths, statePath } from '../pipeline/buffer.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { type FluentdTarget } from '../scenario/target.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster, type Pod, type TestbedEvent } from '../testbed/contract.js'
import { thisMachine } from '../testbed/this-machine.js'
import { copyStates, stateClaimOf } from './copy-states.js'
import { type EvidenceIndex, type GoneFile } from './evidence.js'
import { ownPositionFiles, positionFilesOf, readPositionFiles } from './position-file.js'
import { createPositionHistory, type PositionHistory, type ReadSoFar } from './position-history.js'
import { statePlaces } from './state-places.js'

/** Keeps, while a run goes on, what would be gone at its end: positions, and files before they are removed. */
export interface Keeper {
  /** A log file is about to be removed, or to be cut off: copies it, and says where to. `how` as in "was wiped". */
  keepLog(pod: Pod, file: string, how: string): Promise<string | undefined>
  /** The state of a Fluentd is about to be removed: keeps buffers, secondaries and positions. */
  keepState(target: FluentdTarget, how: string): Promise<void>
  /** The claimed state volume of a Fluentd, whose pod is deleted, is not attached again: keeps what it holds. */
  keepVolume(target: FluentdTarget): Promise<string | undefined>
  /** How far a log file was read; `file` is its name now, perhaps a compressed one's. */
  readSoFar(node: string, file: string, inode: number): ReadSoFar | undefined
  /** What was removed, or set aside with its volume, so far, in copies that are in the run's directory. */
  gone(): Promise<Pick<EvidenceIndex, 'logs' | 'states'> & { positionsGone: NodeGone[] }>
  stop(): void
}

type NodeGone = NonNullable<EvidenceIndex['positionsGone']>[number]

interface GoneLog {
  readonly node: string
  readonly copy: string
  readonly gone: GoneFile
  readonly read: (() => ReadSoFar) | undefined
}

export interface KeeperOptions {
  readonly store: RunDirectory
  readonly plan: Plan
  readonly cluster: Cluster
  readonly podOf: (target: FluentdTarget) => Pod
}

/** Looking into a machine takes a program there, into a directory of this one nothing. */
const lookEveryMs = { here: 100, there: 1000 } as const

export function startKeeper({ store, plan, cluster, podOf }: KeeperOptions): Keeper {
  const histories = new Map<string, PositionHistory>()
  const readFromHead = plan.knobs['forwarder.readFromHead']
  for (const node of plan.nodes) histories.set(node, createPositionHistory({ readFromHead }))
  /** How far compressed files were read before they were, by name: their inodes are other files' by now. */
  const readBefore = new Map<string, () => ReadSoFar>()
  const logs: GoneLog[] = []
  const states: { readonly target: FluentdTarget; readonly directory: string; readonly gone: GoneFile }[] = []
  const detached: EvidenceIndex['states'] = []
  const positionsGone: NodeGone[] = []
  let copied = 0
  /** Copies are on this machine. */
  const copies = thisMachine

  const ownConfig = plan.knobs['forwarder.config'] !== ''
  /** With a configuration of the user's own, where its position files were found last. */
  const ownFiles = new Map<string, readonly string[]>()

  async function findOwnFiles(): Promise<void> {
    for (const node of ownConfig ? plan.nodes : []) {
      const found = await positionFilesOf(plan, podOf({ role: 'forwarder', node }), cluster)
      if (found !== null) ownFiles.set(node, found)
    }
  }

  function keepsPositions(node: string): boolean {
    return ownConfig ? ownFiles.has(node) : plan.knobs['forwarder.posFile']
  }

  async function look(node: string): Promise<void> {
    if (!keepsPositions(node)) return
    const files = ownFiles.get(node) ?? ownPositionFiles(podOf({ role: 'forwarder', node }), plan.knobs)
    histories.get(node)?.saw(await readPositionFiles(cluster.files(node), files))
  }

  /** What is done for a node is done in its order. */
  const pending = new Map<string, Promise<void>>()
  function inOrder(node: string, work: () => Promise<void> | void): Promise<void> {
    const done = (pending.get(node) ?? Promise.resolve()).then(work)
    pending.set(
      node,
      done.catch(() => undefined),
    )
    return done
  }

  async function goneLog({
    node,
    file,
    inode,
    copy,
    gone,
  }: Omit<GoneLog, 'read'> & { file: string; inode: number | undefined }): Promise<void> {
    const history = histories.get(node)
    await look(node)
    logs.push({
      node,
      copy,
      gone,
      read: readBefore.get(file) ?? (inode === undefined ? undefined : history?.of(inode)),
    })
    // The number may be given to another file now.
    if (inode !== undefined) history?.begunAnew(inode)
  }

  async function goneState(target: FluentdTarget, directory: string, gone: GoneFile): Promise<void> {
    states.push({ target, directory, gone })
    if (target.role !== 'forwarder') return
    const history = histories.get(target.node)
    if (!ownConfig) {
      const kept = positionPaths(plan.knobs).map((file) =>
        path.join(directory, path.relative(statePath, file)),
      )
      history?.saw(await readPositionFiles(copies, kept))
    }
    history?.writerEnded()
    history?.lost()
    if (keepsPositions(target.node)) positionsGone.push({ node: target.node, ...gone })
  }

  function onEvent(event: TestbedEvent): void {
    if ('pod' in event && histories.has(event.node)) void inOrder(event.node, () => note(event))
  }

  async function note(event: Extract<TestbedEvent, { readonly pod: string }>): Promise<void> {
    const { node, atMs } = event
    const target = fluentdsOf(plan).find((candidate) => podOf(candidate).spec.name === event.pod)
    switch (event.type) {
      case 'log-compressed':
        await look(node)
        readBefore.set(event.file, histories.get(node)?.of(event.inode) ?? (() => neverRead))
        histories.get(node)?.compressed(event.inode)
        return
      case 'log-rotated':
        await look(node)
        return
      case 'log-removed': {
        const { kept, file, inode } = event
        // What a fault removes it has kept before.
        if (logs.some(({ copy }) => copy === kept)) return
        if (kept !== undefined)
          await goneLog({ node, file, inode, copy: kept, gone: { how: 'was removed', atMs } })
        return
      }
      case 'pod-deleted':
        if (event.kept === undefined || target === undefined) return
        await goneState(target, path.join(event.kept, 'state'), { how: 'went with its pod', atMs })
        return
      case 'container-exited':
        if (target?.role !== 'forwarder') return
        await look(node)
        histories.get(node)?.writerEnded()
        return
      case 'container-started':
        if (target?.role !== 'forwarder') return
        await look(node)
        histories.get(node)?.writerBegan(await currentInodes(cluster, node))
        return
      default:
        return
    }
  }

  /** A node that is off is asked again later. */
  const lookEverywhere = () => Promise.all(plan.nodes.map((node) => inOrder(node, () => look(node))))
  const everyMs = cluster.kubernetes ? lookEveryMs.there : lookEveryMs.here
  const timers = [every(everyMs, lookEverywhere), every(20 * everyMs, findOwnFiles)]
  cluster.events.on('event', onEvent)

  async function copyOf(file: string): Promise<string> {
    const copy = store.file('evidence', 'gone', String((copied += 1)), path.basename(file))
    await mkdir(path.dirname(copy), { recursive: true })
    await copyFile(file, copy)
    return copy
  }

  return {
    async keepLog({ spec }, file, how) {
      const { node } = spec
      const found = await stat(file).catch(() => undefined)
      if (found === undefined) return undefined
      const copy = await copyOf(file)
      const gone = { how, atMs: Date.now() }
      await inOrder(node, () => goneLog({ node, file, inode: found.ino, copy, gone }))
      return copy
    },
    async keepVolume(target) {
      const pod = podOf(target)
      const claim = stateClaimOf(pod)
      if (claim === undefined) return undefined
      detached.push(...(await copyStates({ target, pod, store, cluster }, path.join('detached', claim))))
      return claim
    },
    async keepState(target, how) {
      const { spec, resolve } = podOf(target)
      const from = resolve(statePath)
      const disk = cluster.files(spec.node)
      const directory = store.file('evidence', 'gone', String((copied += 1)))
      const found = await disk.list(from)
      const kept = (file: string) => path.join(directory, path.relative(from, file))
      await disk.copy(found.map((file) => ({ from: file.path, to: kept(file.path) })))
      await inOrder(spec.node, () => goneState(target, directory, { how, atMs: Date.now() }))
    },
    readSoFar: (node, file, inode) => (readBefore.get(file) ?? histories.get(node)?.of(inode))?.(),
    async gone() {
      await findOwnFiles()
      await lookEverywhere()
      const kept = async (copy: string) => {
        const isOutside = path.relative(store.file('evidence'), copy).startsWith('..')
        const file = isOutside ? await copyOf(copy) : copy
        return { file: path.relative(store.path, file), bytes: (await stat(file)).size }
      }
      const goneLogs = logs.map(async ({ node, copy, gone, read }) => ({
        node,
        ...(await kept(copy)),
        ...readFields(keepsPositions(node) ? (read?.() ?? neverRead) : null),
        gone,
      }))
      const goneStates = states.map(async ({ target, directory, gone }) =>
        Promise.all(
          (
            await statePlaces(
              target,
              (place) => path.join(directory, path.relative(statePath, place)),
              copies,
            )
          ).map(async ({ station, file }) => ({ station, ...(await kept(file)), gone })),
        ),
      )
      return {
        logs: await Promise.all(goneLogs),
        states: [...detached, ...(await Promise.all(goneStates)).flat()],
        positionsGone,
      }
    },
    stop() {
      for (const timer of timers) timer.stop()
      cluster.events.off('event', onEvent)
    },
  }
}

const neverRead: ReadSoFar = { readBytes: 0, exact: true, skipped: [] }

/** As the index of the evidence has it; null: no position is kept. */
export function readFields(read: ReadSoFar | null, bytes = Number.MAX_SAFE_INTEGER) {
  if (read === null) return { readBytes: null }
  const { readBytes, exact, skipped } = read
  return {
    readBytes: Math.min(readBytes, bytes),
    ...(!exact && readBytes < bytes && { perhapsReadBytes: bytes }),
    ...(skipped.length > 0 && { skipped: skipped.map(([from, to]): [number, number] => [from, to]) }),
  }
}

/** The files that log collectors find now. */
async function currentInodes(cluster: Cluster, node: string): Promise<Set<number>> {
  const directories = ['/var/log/containers', appLogPath].map((directory) =>
    cluster.nodePath(node, directory),
  )
  const disk = cluster.files(node)
  const files = await Promise.all(directories.map((directory) => disk.list(directory, { follow: true })))
  return new Set(files.flat().map(({ inode }) => inode))
}

/** Does it again and again, with this much time in between; what fails is tried again. */
function every(ms: number, work: () => Promise<unknown>): { stop(): void } {
  let stopped = false
  let timer: NodeJS.Timeout
  const again = () => {
    timer = setTimeout(() => {
      void work()
        .catch(() => undefined)
        .finally(() => {
          if (!stopped) again()
        })
    }, ms).unref()
  }
  again()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
