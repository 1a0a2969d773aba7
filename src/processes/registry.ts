import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import type { NamespaceOfCluster } from '../docker/namespace.js'
import { GaplessError } from '../errors.js'
import { processRef } from './identity.js'
import type { ProcessRef } from './process-ref.js'
import { runsDirectory } from './state-directory.js'

/**
 * Written down what a run starts, before it can be orphaned, so that what a killed run left can be ended, and
 * nothing else. One file per run, one JSON document per line; the file is removed when the run has properly ended.
 */

const refSchema = z.object({ pid: z.int().min(1), startTime: z.string(), command: z.string() })

const entrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    runId: z.string(),
    directory: z.string(),
    gapless: refSchema,
    startedAtMs: z.number(),
  }),
  z.object({ type: z.literal('process'), role: z.string(), process: refSchema }),
  z.object({ type: z.literal('scratch'), directory: z.string() }),
  z.object({ type: z.literal('docker'), owner: z.string() }),
  z.object({
    type: z.literal('namespace'),
    controlPlane: z.string(),
    kubectl: z.array(z.string()),
    namespace: z.string(),
  }),
  z.object({ type: z.literal('detached') }),
])
type Entry = z.infer<typeof entrySchema>

export interface RegisteredProcess {
  /** E.g. `collector`, `supervisor of node-1`, `container forwarder-node-1`. */
  readonly role: string
  readonly process: ProcessRef
}

/** What the registry holds of one run. */
export interface RegisteredRun {
  readonly runId: string
  readonly file: string
  readonly directory: string
  /** The gapless that started it. */
  readonly gapless: ProcessRef
  readonly startedAtMs: number
  /** It was meant to run on when gapless ended. */
  readonly detached: boolean
  readonly processes: readonly RegisteredProcess[]
  /** Directories that the run made for itself only; they go with it. */
  readonly scratch: readonly string[]
  /** Under which ids it has, or had, something of Docker's: its own, and that of a cluster to be kept that it began. */
  readonly dockerOwners: readonly string[]
  readonly namespaces: readonly RegisteredNamespace[]
}

/** A run's namespace in a cluster that outlasts the run. */
export type RegisteredNamespace = NamespaceOfCluster

/** A run's own file in the registry. Everything is appended at once: what was written survives a SIGKILL. */
export interface RunRegistry {
  readonly runId: string
  readonly file: string
  registerProcess(role: string, process: ProcessRef): void
  /** A directory that `gapless clean` may remove once it is marked with `markScratch`. */
  registerScratch(directory: string): void
  /** Before there is a container, network, volume or cluster of this owner (see `src/docker/owned.ts`). */
  registerDocker(owner: string): void
  registerNamespace(namespace: RegisteredNamespace): void
  /** From now on the run may live without gapless. */
  markDetached(): void
  /** The run has properly ended. */
  remove(): void
}

/**
 * Registers a run with the gapless that calls, before anything of it is started. Throws `usage` for an id that
 * cannot be a file name and for one that is registered already.
 */
export function registerRun(run: { readonly runId: string; readonly directory: string }): RunRegistry {
  const file = registryFile(run.runId)
  if (existsSync(file)) {
    throw new GaplessError(`A run ${run.runId} is registered already in ${file}`, {
      code: 'usage',
      hint: 'gapless clean removes what a killed run left.',
    })
  }
  const gapless = processRef(process.pid)
  if (gapless === undefined) {
    throw new GaplessError('gapless does not find itself in the process table', { code: 'instrument' })
  }
  mkdirSync(dirname(file), { recursive: true })
  append(file, { type: 'run', ...run, gapless, startedAtMs: Date.now() })
  return openRegistry(file)
}

/** The registry of a run that `registerRun` began, by its id. */
export function findRegistry(runId: string): RunRegistry | undefined {
  const file = registryFile(runId)
  return existsSync(file) ? openRegistry(file) : undefined
}

/** The registry of a run by its file, for processes that were told it. */
export function openRegistry(file: string): RunRegistry {
  return {
    runId: basename(file, '.ndjson'),
    file,
    registerProcess: (role, ref) => append(file, { type: 'process', role, process: ref }),
    registerScratch: (directory) => append(file, { type: 'scratch', directory }),
    registerDocker: (owner) => append(file, { type: 'docker', owner }),
    registerNamespace: (namespace) =>
      append(file, { type: 'namespace', ...namespace, kubectl: [...namespace.kubectl] }),
    markDetached: () => append(file, { type: 'detached' }),
    remove: () => rmSync(file, { force: true }),
  }
}

/** Every run in the registry, also those that are under way, the oldest first. Lines that were cut short are left out. */
export function listRuns(): readonly RegisteredRun[] {
  const directory = runsDirectory()
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => readRun(join(directory, name)))
    .filter((run) => run !== undefined)
    .sort((a, b) => a.startedAtMs - b.startedAtMs)
}

function readRun(file: string): RegisteredRun | undefined {
  const entries = readFileSync(file, 'utf8').split('\n').map(parseEntry)
  const run = entries.find((entry) => entry?.type === 'run')
  if (run?.runId !== basename(file, '.ndjson')) return undefined
  return {
    runId: run.runId,
    file,
    directory: run.directory,
    gapless: run.gapless,
    startedAtMs: run.startedAtMs,
    detached: entries.some((entry) => entry?.type === 'detached'),
    processes: entries
      .filter((entry) => entry?.type === 'process')
      .map((entry) => ({ role: entry.role, process: entry.process })),
    scratch: entries.filter((entry) => entry?.type === 'scratch').map((entry) => entry.directory),
    dockerOwners: entries.filter((entry) => entry?.type === 'docker').map((entry) => entry.owner),
    namespaces: entries
      .filter((entry) => entry?.type === 'namespace')
      .map(({ controlPlane, kubectl, namespace }) => ({ controlPlane, kubectl, namespace })),
  }
}

function parseEntry(line: string): Entry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/** One write per line, so that several processes may append to one file. */
function append(file: string, entry: Entry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`)
}

function registryFile(runId: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(runId)) {
    throw new GaplessError(`"${runId}" cannot be the id of a run`, {
      code: 'usage',
      hint: 'Letters, digits, dots, hyphens and underscores, at most 128, beginning with a letter or digit.',
    })
  }
  return join(runsDirectory(), `${runId}.ndjson`)
}
