import { readdirSync, readFileSync, statSync } from 'node:fs'
import { copyFile, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { positionPath, statePath } from '../pipeline/buffer.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { type PodTarget } from '../scenario/target.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Cluster, type Pod, type TestbedEvent } from '../testbed/contract.js'
import { type EvidenceIndex, type GoneFile } from './evidence.js'
import { filesBelow, resolved } from './files.js'
import { parsePositions, positionFilesOf } from './position-file.js'
import { createPositionHistory, type PositionHistory, type ReadSoFar } from './position-history.js'
import { statePlaces } from './state-places.js'

/** Keeps, while a run goes on, what would be gone at its end: positions, and files before they are removed. */
export interface Keeper {
  /** A log file is about to be removed, or to be cut off: copies it, and says where to. `how` as in "was wiped". */
  keepLog(pod: Pod, file: string, how: string): Promise<string | undefined>
  /** The state of a Fluentd is about to be removed: keeps buffers, secondaries and positions. */
  keepState(target: PodTarget, how: string): Promise<void>
  /** How far a log file was read; `file` is its name now, perhaps a compressed one's. */
  readSoFar(node: string, file: string, inode: number): ReadSoFar | undefined
  /** What was removed so far, in copies that are in the run's directory. */
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
  readonly podOf: (target: PodTarget) => Pod
}

const lookEveryMs = 100

export function startKeeper({ store, plan, cluster, podOf }: KeeperOptions): Keeper {
  const histories = new Map<string, PositionHistory>()
  const readFromHead = plan.knobs['forwarder.readFromHead']
  for (const node of plan.nodes) histories.set(node, createPositionHistory({ readFromHead }))
  /** Inodes that compressed files had before, by name. */
  const formerInodes = new Map<string, number>()
  const logs: GoneLog[] = []
  const states: { readonly target: PodTarget; readonly directory: string; readonly gone: GoneFile }[] = []
  const positionsGone: NodeGone[] = []
  let copies = 0

  const ownConfig = plan.knobs['forwarder.config'] !== ''
  /** With a configuration of the user's own, where its position files were found last. */
  const ownFiles = new Map<string, readonly string[]>()

  async function findOwnFiles(): Promise<void> {
    for (const node of ownConfig ? plan.nodes : []) {
      const found = await positionFilesOf(plan, podOf({ role: 'forwarder', node }))
      if (found !== null) ownFiles.set(node, found)
    }
  }

  function keepsPositions(node: string): boolean {
    return ownConfig ? ownFiles.has(node) : plan.knobs['forwarder.posFile']
  }

  function look(node: string): void {
    if (!keepsPositions(node)) return
    const files = ownFiles.get(node) ?? [resolved(podOf({ role: 'forwarder', node }), positionPath)]
    histories.get(node)?.saw(files.flatMap(positionsIn))
  }

  function goneLog({
    node,
    file,
    inode,
    copy,
    gone,
  }: Omit<GoneLog, 'read'> & { file: string; inode: number | undefined }) {
    const history = histories.get(node)
    const known = formerInodes.get(file) ?? inode
    look(node)
    logs.push({
      node,
      copy,
      gone,
      read: known === undefined ? undefined : history?.of(known),
    })
    // The number may be given to another file now.
    if (known !== undefined) history?.begunAnew(known)
  }

  function goneState(target: PodTarget, directory: string, gone: GoneFile): void {
    states.push({ target, directory, gone })
    if (target.role !== 'forwarder') return
    const history = histories.get(target.node)
    if (!ownConfig) history?.saw(positionsIn(path.join(directory, path.relative(statePath, positionPath))))
    history?.writerEnded()
    history?.lost()
    if (keepsPositions(target.node)) positionsGone.push({ node: target.node, ...gone })
  }

  function onEvent(event: TestbedEvent): void {
    if (!('pod' in event) || !histories.has(event.node)) return
    const { node, atMs } = event
    const target = fluentdsOf(plan).find((candidate) => podOf(candidate).spec.name === event.pod)
    switch (event.type) {
      case 'log-compressed':
        formerInodes.set(event.file, formerInodes.get(event.file) ?? event.inode)
        return
      case 'log-rotated':
        look(node)
        return
      case 'log-removed': {
        const { kept, file, inode } = event
        // What a fault removes it has kept before.
        if (logs.some(({ copy }) => copy === kept)) return
        if (kept !== undefined) goneLog({ node, file, inode, copy: kept, gone: { how: 'was removed', atMs } })
        return
      }
      case 'pod-deleted':
        if (event.kept === undefined || target === undefined) return
        goneState(target, path.join(event.kept, 'state'), { how: 'went with its pod', atMs })
        return
      case 'container-exited':
        if (target?.role !== 'forwarder') return
        look(node)
        histories.get(node)?.writerEnded()
        return
      case 'container-started':
        if (target?.role !== 'forwarder') return
        look(node)
        histories.get(node)?.writerBegan(currentInodes(cluster.nodeRoot(node)))
        return
      default:
        return
    }
  }

  const timers = [
    setInterval(() => {
      for (const node of plan.nodes) look(node)
    }, lookEveryMs),
    setInterval(() => {
      void findOwnFiles()
    }, 20 * lookEveryMs),
  ]
  for (const timer of timers) timer.unref()
  cluster.events.on('event', onEvent)

  async function copyOf(file: string): Promise<string> {
    const copy = store.file('evidence', 'gone', String((copies += 1)), path.basename(file))
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
      goneLog({ node, file, inode: found.ino, copy, gone: { how, atMs: Date.now() } })
      return copy
    },
    async keepState(target, how) {
      const from = podOf(target).resolve(statePath)
      const directory = store.file('evidence', 'gone', String((copies += 1)))
      for (const file of await filesBelow(from)) {
        const copy = path.join(directory, path.relative(from, file))
        await mkdir(path.dirname(copy), { recursive: true })
        await copyFile(file, copy).catch(() => undefined)
      }
      goneState(target, directory, { how, atMs: Date.now() })
    },
    readSoFar: (node, file, inode) => histories.get(node)?.of(formerInodes.get(file) ?? inode)?.(),
    async gone() {
      await findOwnFiles()
      for (const node of plan.nodes) look(node)
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
          (await statePlaces(target, (place) => path.join(directory, path.relative(statePath, place)))).map(
            async ({ station, file }) => ({ station, ...(await kept(file)), gone }),
          ),
        ),
      )
      return {
        logs: await Promise.all(goneLogs),
        states: (await Promise.all(goneStates)).flat(),
        positionsGone,
      }
    },
    stop() {
      for (const timer of timers) clearInterval(timer)
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

function positionsIn(file: string) {
  try {
    return parsePositions(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

/** The files that log collectors find now. */
function currentInodes(nodeRoot: string): Set<number> {
  const directory = path.join(nodeRoot, 'var/log/containers')
  try {
    const found = readdirSync(directory).map((name) =>
      statSync(path.join(directory, name), { throwIfNoEntry: false }),
    )
    return new Set(found.flatMap((stats) => stats?.ino ?? []))
  } catch {
    return new Set()
  }
}
