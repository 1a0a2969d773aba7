import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GaplessError, messageOf } from '../../../errors.js'
import { spawnedRef } from '../../../processes/identity.js'
import { containerMark, podMark, runMark } from '../../../processes/marks.js'
import type { RunRegistry } from '../../../processes/registry.js'
import type { PodSpec, ProcessRef } from '../../contract.js'
import { containerLogsPath, logLinkPath, logLinkTarget, namesPath, podRunPath } from '../layout.js'
import { resolvingEnvironment } from '../names.js'
import type { NodeConfig } from '../protocol.js'
import { openContainerLog, type ContainerLog } from './container-log.js'
import { containerProcesses, type ContainerProcesses } from './container-processes.js'
import { openOutput, type OutputPipe } from './output.js'
import type { LimitedVolumes } from './limited-volumes.js'
import { buildRoot, withRoot } from './rootfs.js'

export interface ContainerExit {
  readonly code: number | null
  readonly signal: string | null
  readonly atMs: number
}

/** A container that was started: one incarnation, until its first process ends. */
export interface Container {
  readonly id: string
  readonly main: ProcessRef
  readonly startedAtMs: number
  readonly processes: ContainerProcesses
  readonly log: ContainerLog
  /** The first process ended. */
  readonly exited: Promise<ContainerExit>
  /** It ended, all its other processes are killed, and what they wrote is in the log. */
  readonly finished: Promise<ContainerExit>
  /** Runs a command in the container, for preStop. Resolves when it has ended, however. */
  exec(command: readonly string[]): Promise<void>
}

export interface ContainerPlace {
  readonly config: NodeConfig
  readonly nodeRoot: string
  readonly registry: RunRegistry
  readonly limitedVolumes: LimitedVolumes
  readonly onLogRotated: (file: string) => void
  readonly onLogCompressed: (file: string, inode: number) => void
  readonly removeLog: (file: string) => Promise<void>
}

/** Starts a pod's container. Throws `requirement-missing` where its command cannot be started. */
export async function startContainer(
  spec: PodSpec,
  uid: string,
  restartCount: number,
  place: ContainerPlace,
): Promise<Container> {
  const { config, nodeRoot, registry, limitedVolumes } = place
  const pod = { ...spec, uid }
  const id = randomBytes(32).toString('hex')
  const root = await buildRoot(spec, { directory: config.directory, nodeRoot, uid }, limitedVolumes)
  const log = openLog(pod, restartCount, id, place)
  const pipes = await openOutput(join(podRunPath(nodeRoot, spec), 'io'), log)
  const given = mapValues(spec.env, (value) => withRoot(value, root))
  const environment = {
    PATH: process.env.PATH,
    HOME: root,
    LANG: 'C.UTF-8',
    ...(spec.resolvesNames === true ? resolvingEnvironment(namesPath(config.directory), given) : given),
    [runMark]: config.runId,
    [podMark]: spec.name,
    [containerMark]: id,
  }
  const command = spec.command.map((word) => withRoot(word, root))

  function launch(words: readonly string[], output: readonly OutputPipe[]): ChildProcess {
    return spawn(words[0] ?? '', words.slice(1), {
      cwd: root,
      env: environment,
      detached: true, // a session of its own, so that nothing that is sent to gapless's terminal reaches it
      stdio: ['ignore', output[0]?.descriptor ?? 'ignore', output[1]?.descriptor ?? 'ignore'],
    })
  }

  const child = launch(command, pipes)
  const main = child.pid === undefined ? undefined : spawnedRef(child.pid, command)
  if (main !== undefined) registry.registerProcess(`container ${spec.name}`, main)
  for (const pipe of pipes) pipe.handedOver()
  const startedAtMs = Date.now()
  const exited = exitOf(child)
  if (main === undefined) {
    const error = await exited.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    for (const pipe of pipes) pipe.stop()
    log.close()
    throw new GaplessError(`The container of pod ${spec.name} cannot be started: ${messageOf(error)}`, {
      code: 'requirement-missing',
      command: command.join(' '),
      cause: error,
    })
  }
  const processes = containerProcesses(main, id)
  const finished = exited.then(async (exit) => {
    await processes.killAll(10_000)
    // Whoever still has the pipe is no process of this container; its word is not waited for.
    await Promise.race([
      Promise.all(pipes.map((pipe) => pipe.drained)),
      sleep(5_000, undefined, { ref: false }),
    ])
    for (const pipe of pipes) pipe.stop()
    await Promise.all(pipes.map((pipe) => pipe.drained))
    log.close()
    return exit
  })

  async function exec(words: readonly string[]): Promise<void> {
    const hook = launch(
      words.map((word) => withRoot(word, root)),
      [],
    )
    await exitOf(hook).catch((error: unknown) => process.stderr.write(`preStop: ${messageOf(error)}\n`))
  }

  return { id, main, startedAtMs, processes, log, exited, finished, exec }
}

function openLog(
  pod: PodSpec & { readonly uid: string },
  restartCount: number,
  containerId: string,
  place: ContainerPlace,
): ContainerLog {
  const directory = containerLogsPath(place.nodeRoot, pod)
  const link = logLinkPath(place.nodeRoot, pod, containerId)
  mkdirSync(directory, { recursive: true })
  mkdirSync(dirname(link), { recursive: true })
  const log = openContainerLog({
    file: join(directory, `${restartCount}.log`),
    policy: place.config.logPolicy,
    onRotated: place.onLogRotated,
    onCompressed: place.onLogCompressed,
    remove: place.removeLog,
  })
  symlinkSync(logLinkTarget(pod, restartCount), link)
  return log
}

function exitOf(child: ChildProcess): Promise<ContainerExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal, atMs: Date.now() }))
  })
}

function mapValues(record: Readonly<Record<string, string>>, change: (value: string) => string) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
