import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deleteNamespace } from '../docker/namespace.js'
import { findOwned, type OwnedObject } from '../docker/owned.js'
import { deleteVolumes, findVolumes } from '../docker/volumes.js'
import { GaplessError, isGaplessError } from '../errors.js'
import { isAlive, refOf, signalProcess } from './identity.js'
import { podMark, runMark } from './marks.js'
import { hasEnvironment, isOwn } from './proc.js'
import type { ProcessRef } from './process-ref.js'
import { removeClusterOf } from './remove-cluster.js'
import { listRuns, type RegisteredNamespace, type RegisteredProcess, type RegisteredRun } from './registry.js'
import { clusterDirectory, finishedFile } from './state-directory.js'
import { listProcesses } from './table.js'

/** A run that is over, or goes on without gapless, and what of it is still there. */
export interface Leftover {
  readonly run: RegisteredRun
  /** Those that still run; supervisors first, as they would restart the others. */
  readonly processes: readonly RegisteredProcess[]
  /** Directories that would be removed. */
  readonly directories: readonly string[]
  /** What Docker has of it. */
  readonly objects: readonly OwnedObject[]
  readonly namespaces: readonly RegisteredNamespace[]
  /** PersistentVolumes of those namespaces that outlive nodes, by name. */
  readonly volumes: readonly string[]
}

export interface CleanResult {
  readonly ended: readonly RegisteredProcess[]
  readonly removed: readonly string[]
  readonly objects: readonly OwnedObject[]
  /** Their clusters were told; they go once all that is in them has gone. */
  readonly namespaces: readonly RegisteredNamespace[]
}

/** The file that says so. */
export const markFile = '.gapless-run'

/** Marks a directory as made by and for one run, which is what `cleanRun` asks for before it removes one. */
export function markScratch(directory: string, runId: string): void {
  writeFileSync(join(directory, markFile), `${runId}\n`)
}

/**
 * The runs that are registered and whose gapless is gone, and those that it left running on purpose. Throws
 * 'requirement-missing' where one of them used Docker and Docker does not answer.
 */
export async function listLeftovers(): Promise<readonly Leftover[]> {
  return Promise.all(listRuns().filter(isOver).map(leftoverOf))
}

/**
 * Ends every process that a run left and removes its scratch directories and its registry file. Touches no process
 * whose id and start time are not the registered ones or that does not bear the run's id in its environment, and
 * nothing of Docker's that does not bear the run's label or mark. Throws `usage` where the run's gapless still runs,
 * `timeout` where processes outlive SIGKILL or a namespace does not go, 'requirement-missing' where Docker is needed
 * and does not answer.
 */
export async function cleanRun(
  runId: string,
  options: { readonly timeoutMs?: number } = {},
): Promise<CleanResult> {
  const run = listRuns().find((candidate) => candidate.runId === runId)
  if (run === undefined) return { ended: [], removed: [], objects: [], namespaces: [] }
  if (!isOver(run)) {
    throw new GaplessError(`Run ${runId} is under way (gapless is process ${run.gapless.pid})`, {
      code: 'usage',
      hint: 'End it first, e.g. with Ctrl-C where it runs.',
    })
  }
  const ended = await endAll(`run ${runId}`, () => processesOf(run), options.timeoutMs)
  // Before the directories: containers write into them.
  const namespaces: RegisteredNamespace[] = []
  let stuck: GaplessError | undefined
  for (const each of run.namespaces) {
    try {
      if (await deleteNamespace(each)) namespaces.push(each)
      await deleteVolumes(each)
    } catch (error) {
      if (!isGaplessError(error)) throw error
      stuck = error
    }
  }
  const objects: OwnedObject[] = []
  for (const owner of dockerOwnersOf(run)) {
    objects.push(...(await removeClusterOf(owner)))
  }
  const removed = scratchOf(run)
  for (const directory of removed) {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
  // All else is gone; what is not stays in the registry, for the next time.
  if (stuck) throw stuck
  await rm(run.file, { force: true })
  return { ended, removed, objects, namespaces }
}

/** Ends the containers of a run that is under way, where whoever should have done it is gone. Throws like `cleanRun`. */
export async function endContainers(runId: string): Promise<readonly RegisteredProcess[]> {
  return endAll(`run ${runId}`, () => {
    const run = listRuns().find((candidate) => candidate.runId === runId)
    return merge(run?.processes.filter(isContainer) ?? [], findMarked(runId, { inPod: true }))
  })
}

/** Over and over, because what is killed may be just starting something. */
async function endAll(
  whose: string,
  find: () => readonly RegisteredProcess[],
  timeoutMs = 10_000,
): Promise<readonly RegisteredProcess[]> {
  const ended = new Map<string, RegisteredProcess>()
  const deadlineMs = performance.now() + timeoutMs
  for (let left = find(); left.length > 0; left = find()) {
    if (performance.now() > deadlineMs) throw outlived(whose, left)
    for (const item of left) {
      if (signalProcess(item.process, 'SIGKILL')) ended.set(keyOf(item.process), item)
    }
    await sleep(10)
  }
  return [...ended.values()]
}

function isOver(run: RegisteredRun): boolean {
  return run.detached || !isAlive(run.gapless)
}

async function leftoverOf(run: RegisteredRun): Promise<Leftover> {
  const objects = (await Promise.all(dockerOwnersOf(run).map((owner) => findOwned(owner)))).flat()
  const { namespaces } = run
  // What cannot be asked for now is told when it is to be removed.
  const found = await Promise.all(namespaces.map((each) => findVolumes(each).catch(() => undefined)))
  const volumes = found.flatMap((one) => one?.volumes ?? [])
  return { run, processes: processesOf(run), directories: scratchOf(run), objects, namespaces, volumes }
}

function processesOf(run: RegisteredRun): readonly RegisteredProcess[] {
  return [...merge(run.processes, findMarked(run.runId))].sort((a, b) => rank(a) - rank(b))
}

/** Those registered that still run, and those found by their mark only. */
function merge(
  registered: readonly RegisteredProcess[],
  marked: readonly ProcessRef[],
): readonly RegisteredProcess[] {
  const alive = registered.filter((item) => isAlive(item.process))
  const known = new Set(alive.map((item) => keyOf(item.process)))
  const others = marked.filter((ref) => !known.has(keyOf(ref)))
  return [...alive, ...others.map((ref) => ({ role: 'not registered', process: ref }))]
}

/**
 * Processes of this user that bear a run's id in their environment, but for the caller and its ancestors; those in
 * pods only, if asked for.
 */
export function findMarked(runId: string, options: { readonly inPod?: boolean } = {}): readonly ProcessRef[] {
  const table = listProcesses()
  const spared = new Set<number>()
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 0 && !spared.has(pid);) {
    spared.add(pid)
    const current: number = pid
    pid = table.find((entry) => entry.pid === current)?.parentPid
  }
  return table
    .filter((entry) => !spared.has(entry.pid) && hasEnvironment(entry.pid, runMark, runId))
    .filter((entry) => !options.inPod || hasEnvironment(entry.pid, podMark))
    .filter((entry) => isOwn(entry.pid))
    .map(refOf)
}

function scratchOf(run: RegisteredRun): readonly string[] {
  return run.scratch.filter((directory) => {
    const mark = join(directory, markFile)
    return existsSync(mark) && readFileSync(mark, 'utf8').trim() === run.runId
  })
}

/** A cluster that the run began and that is to outlast it is its own no more once it was finished. */
function dockerOwnersOf(run: RegisteredRun): readonly string[] {
  return [...new Set(run.dockerOwners)].filter(
    (owner) => owner === run.runId || !existsSync(join(clusterDirectory(owner), finishedFile)),
  )
}

/** Roles are said by whoever registers; these two by the local testbed. */
function isContainer(item: RegisteredProcess): boolean {
  return item.role.startsWith('container ')
}

function rank(item: RegisteredProcess): number {
  return item.role.startsWith('supervisor ') ? 0 : 1
}

function keyOf(ref: ProcessRef): string {
  return `${ref.pid} ${ref.startTime}`
}

function outlived(whose: string, left: readonly RegisteredProcess[]): GaplessError {
  const names = left.map((item) => `${item.process.pid} (${item.role})`).join(', ')
  return new GaplessError(`Processes of ${whose} still run after SIGKILL: ${names}`, {
    code: 'timeout',
    command: `kill -9 ${left.map((item) => item.process.pid).join(' ')}`,
  })
}
