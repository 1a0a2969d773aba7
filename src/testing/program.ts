import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { execa, type Options } from 'execa'
import { entryPoint } from '../entry-point.js'
import { stateDirectory } from '../processes/state-directory.js'
import { type RunEvent } from '../store/events.js'
import { until } from '../until.js'

/** The program as a user starts it, in a directory of its own whose name is as awkward as names get. */
export interface Workshop extends AsyncDisposable {
  readonly directory: string
  /** Where its runs are registered; nobody else's are. */
  readonly runsDirectory: string
  /** Writes a file into the directory and resolves to its path. */
  write(name: string, text: string): Promise<string>
  /** Runs gapless to its end. */
  gapless(args: readonly string[], options?: Options): Promise<Outcome>
  /** Starts gapless in a process group of its own, as a shell does; its runs go to `out`. */
  start(out: string, args: readonly string[]): Running
}

export interface Outcome {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  readonly ended: Promise<Outcome>
  /** Resolves to the id of its run once that is in a phase. */
  reached(phase: string): Promise<string>
}

const ours = { GAPLESS_RUN_ID: undefined, NO_COLOR: '1', FORCE_COLOR: undefined }

export async function openWorkshop(): Promise<Workshop> {
  const base = await realpath(await mkdtemp(path.join(tmpdir(), 'gapless test ')))
  const directory = path.join(base, 'a b, [c] {d}')
  await mkdir(directory)
  const cache = path.join(base, 'cache')
  await linkCache(cache)
  const options = { cwd: directory, env: { ...ours, GAPLESS_CACHE: cache }, stdin: 'ignore' } as const
  const started = new Set<number>()

  const launch = (args: readonly string[], more: Options = {}) =>
    execa(process.execPath, [entryPoint('cli/main'), ...args], {
      ...options,
      ...more,
      reject: false,
      maxBuffer: 100_000_000,
    })

  return {
    directory,
    runsDirectory: path.join(cache, 'runs'),
    async write(name, text) {
      const file = path.join(directory, name)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, text)
      return file
    },
    gapless: async (args, more) => outcomeOf(launch(args, { timeout: 120_000, ...more })),
    start(out, args) {
      const child = launch([...args, '--out', out], { detached: true, cleanup: false })
      const pid = child.pid ?? 0
      started.add(pid)
      const ended = outcomeOf(child).finally(() => started.delete(pid))
      const events = path.join(directory, out, 'latest', 'events.ndjson')
      return {
        pid,
        ended,
        reached: (phase) =>
          until(`phase ${phase}`, {
            timeoutMs: 60_000,
            intervalMs: 10,
            poll: async () => {
              if (!existsSync(events) || !(await readFile(events, 'utf8')).includes(`"phase":"${phase}"`))
                return
              return path.basename(await realpath(path.dirname(events)))
            },
          }),
      }
    },
    async [Symbol.asyncDispose]() {
      for (const pid of started) process.kill(pid, 'SIGKILL')
      await rm(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** Fluentd and what was found out about Ruby are everybody's; the registry of runs is not. */
async function linkCache(cache: string): Promise<void> {
  const shared = stateDirectory({ HOME: homedir(), ...process.env })
  await mkdir(path.join(cache, 'runs'), { recursive: true })
  for (const name of await readdir(shared).catch(() => [])) {
    if (name !== 'runs') await symlink(path.join(shared, name), path.join(cache, name))
  }
}

interface Ended {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly stdout?: unknown
  readonly stderr?: unknown
}

async function outcomeOf(child: Promise<Ended>): Promise<Outcome> {
  const { exitCode, signal, stdout, stderr } = await child
  return { exitCode, signal, stdout: textOf(stdout), stderr: textOf(stderr) }
}

const textOf = (output: unknown) => (typeof output === 'string' ? output : '')

/** A scenario with one node and one stream, flushed often; `more` is put in among its fields. */
export function smallScenario(name: string, more = ''): string {
  return `import * as g from 'gapless'
export default g.defineScenario({
  name: '${name}',
  proves: 'What a test wants to see.',
  nodes: 1,
  load: { lines: 300, linesPerSecond: 300 },
  knobs: { 'forwarder.flushInterval': '200ms', 'aggregator.flushInterval': '200ms' },
  ${more}
})
`
}

/** Command lines of all processes that bear a run's id in their arguments or environment, by the system's own `ps`. */
export async function processesOf(runId: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['axeww', '-o', 'pid=,command='], { maxBuffer: 100_000_000 })
  return stdout
    .split('\n')
    .filter((line) => line.includes(runId))
    .map((line) => line.trim().slice(0, 200))
}

export async function allGone(runId: string): Promise<void> {
  let left: string[] = []
  try {
    await until(`nothing of ${runId} to run`, {
      timeoutMs: 30_000,
      poll: async () => {
        left = await processesOf(runId)
        return left.length === 0 ? true : undefined
      },
    })
  } catch (cause) {
    throw new Error(`still there after 30 s:\n${left.join('\n')}`, { cause })
  }
}

export async function readJson(...file: string[]): Promise<unknown> {
  return JSON.parse(await readFile(path.join(...file), 'utf8')) as unknown
}

export async function eventsOf(directory: string): Promise<RunEvent[]> {
  const text = await readFile(path.join(directory, 'events.ndjson'), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as RunEvent)
}

/** A copy of a run's directory to be tampered with. */
export async function copyRun(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true, dereference: true })
  return to
}

/** Does something with each item, so many at a time; the machine has to bear it. Resolves to what came of each. */
export async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  does: (item: T, index: number) => Promise<R>,
): Promise<Map<T, R>> {
  const results = new Map<T, R>()
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) results.set(item, await does(item, index))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
