import { GaplessError, messageOf } from '../../../errors.js'
import { signalProcess } from '../../../processes/identity.js'
import type { ContainerStatus, PodSpec, ProcessRef, ProcessSelector } from '../../contract.js'
import type { NodeEvent } from '../protocol.js'
import { nextRestart, type BackoffStep } from './backoff.js'
import { startContainer, type Container, type ContainerExit, type ContainerPlace } from './container.js'
import { removeContainerLinks, removeLogFile, removePodDirectories } from './removal.js'
import { terminate } from './termination.js'

/** A pod on its node: one container, started again as its restart policy says. */
export interface NodePod {
  readonly uid: string
  /** The first start. Throws where the container cannot be started. */
  launch(): Promise<void>
  status(): ContainerStatus
  signal(signal: NodeJS.Signals, to: ProcessSelector): Promise<readonly ProcessRef[]>
  /** Resolves when its container runs, or waits to be started by `start`. */
  hold(): Promise<void>
  start(): Promise<void>
  /** Ends the container as a deletion does, and holds it. */
  stop(gracePeriodSeconds: number): Promise<void>
  delete(gracePeriodSeconds: number): Promise<void>
  rotate(): Promise<void>
  /** What kubelet does every so often: looks at the log's size. */
  tick(): Promise<void>
  /** Kills everything at once and lets nothing start again; its files stay. */
  kill(): Promise<void>
}

/** What an event says beyond when and where. */
export type PodEvent = NodeEvent extends infer E
  ? E extends NodeEvent
    ? Omit<E, 'pod' | 'node'>
    : never
  : never

export interface PodPlace extends Omit<ContainerPlace, 'onLogRotated' | 'onLogCompressed' | 'removeLog'> {
  readonly emit: (event: PodEvent) => void
}

type Phase =
  | { readonly state: 'waiting'; readonly reason: string; readonly timer?: NodeJS.Timeout }
  | { readonly state: 'running'; readonly container: Container }
  | { readonly state: 'terminated'; readonly reason: string; readonly container: Container }

export function nodePod(spec: PodSpec, uid: string, place: PodPlace): NodePod {
  const { emit, config, nodeRoot, limitedVolumes } = place
  const removalPlace = { directory: config.directory, nodeRoot, limitedVolumes }
  const containerPlace: ContainerPlace = {
    ...place,
    onLogRotated: (file) => emit({ type: 'log-rotated', atMs: Date.now(), file }),
    onLogCompressed: (file, inode) => emit({ type: 'log-compressed', atMs: Date.now(), file, inode }),
    removeLog,
  }
  let phase: Phase = { state: 'waiting', reason: 'ContainerCreating' }
  let restartCount = 0
  let step: BackoffStep = 0
  let held = false
  let ending = false
  let lastExit: ContainerExit | undefined
  let starting: Promise<void> | undefined
  /** What follows the end of the container that runs or ran last. */
  let settling: Promise<void> = Promise.resolve()
  /** Containers whose logs are still there. */
  let logged: { readonly id: string; readonly restartCount: number }[] = []

  async function startNow(): Promise<void> {
    const container = await startContainer(spec, uid, restartCount, containerPlace)
    phase = { state: 'running', container }
    logged.push({ id: container.id, restartCount })
    emit({
      type: 'container-started',
      atMs: container.startedAtMs,
      containerId: container.id,
      pid: container.main.pid,
    })
    void container.exited.then((exit) => {
      lastExit = exit
      phase = { state: 'terminated', reason: exit.code === 0 ? 'Completed' : 'Error', container }
    })
    settling = container.finished
      .then((exit) => afterExit(container, exit))
      .catch((error: unknown) => void process.stderr.write(`${spec.name}: ${messageOf(error)}\n`))
    // It was told to end while it was starting.
    if (ending) await container.processes.killAll(10_000)
  }

  /** One start at a time; whoever asks meanwhile waits for the same. */
  function launch(): Promise<void> {
    starting ??= startNow().finally(() => {
      starting = undefined
    })
    return starting
  }

  const mayRestart = () => !ending && spec.restartPolicy === 'Always'

  async function afterExit(container: Container, exit: ContainerExit): Promise<void> {
    emit({ type: 'container-exited', containerId: container.id, ...exit })
    if (!mayRestart()) return
    await removeOlderLogs(container.id)
    // Somebody may have held, started or deleted it meanwhile.
    if (mayRestart() && phase.state === 'terminated' && phase.container === container) {
      waitAndRestart(exit.atMs - container.startedAtMs)
    }
  }

  function waitAndRestart(ranMs: number): void {
    if (held) return waitHeld()
    const next = nextRestart(config.backoff, step, ranMs)
    step = next.step
    if (next.delayMs === 0) return restart()
    const reason = 'CrashLoopBackOff'
    phase = { state: 'waiting', reason, timer: setTimeout(restart, next.delayMs) }
    emit({ type: 'container-waiting', atMs: Date.now(), reason, forMs: next.delayMs })
  }

  function waitHeld(): void {
    phase = { state: 'waiting', reason: 'Held' }
    emit({ type: 'container-waiting', atMs: Date.now(), reason: 'Held' })
  }

  function restart(): void {
    restartCount += 1
    launch().catch((error: unknown) => {
      process.stderr.write(`${spec.name}: ${messageOf(error)}\n`)
      if (!ending) waitAndRestart(0)
    })
  }

  function clearTimer(): void {
    if (phase.state === 'waiting') clearTimeout(phase.timer)
  }

  /** Kubelet keeps the newest dead container of a pod, for `kubectl logs --previous`, and no other. */
  async function removeOlderLogs(keepId: string): Promise<void> {
    const older = logged.filter((container) => container.id !== keepId)
    logged = logged.filter((container) => container.id === keepId)
    for (const container of older) {
      for (const file of await removeContainerLinks({ spec, uid }, container, removalPlace))
        await removeLog(file)
    }
  }

  async function removeLog(file: string): Promise<void> {
    const removed = await removeLogFile({ spec, uid }, file, removalPlace)
    emit({ type: 'log-removed', atMs: Date.now(), file, ...removed })
  }

  function status(): ContainerStatus {
    const container = phase.state === 'waiting' ? undefined : phase.container
    return {
      state: phase.state,
      ...(phase.state !== 'running' && { reason: phase.reason }),
      ...(container && { containerId: container.id, startedAtMs: container.startedAtMs }),
      restartCount,
      processes: phase.state === 'running' ? phase.container.processes.list() : [],
      ...(lastExit && { lastExit }),
    }
  }

  async function signal(name: NodeJS.Signals, to: ProcessSelector): Promise<readonly ProcessRef[]> {
    if (phase.state !== 'running') return []
    const { main, processes } = phase.container
    const chosen = processes
      .list()
      .filter((ref) => to === 'all' || (ref.pid === main.pid) === (to === 'main'))
    const sent = chosen.filter((ref) => signalProcess(ref, name))
    if (name === 'SIGKILL' && to === 'all') {
      const left = await processes.killAll(5_000)
      if (left.length > 0) throw survived(spec, left)
    }
    return sent
  }

  async function hold(): Promise<void> {
    held = true
    // One that is being started runs in a moment, and is held when it ends.
    await starting?.catch(() => undefined)
    if (phase.state !== 'waiting' || phase.timer === undefined) return
    clearTimer()
    waitHeld()
  }

  async function start(): Promise<void> {
    held = false
    if (phase.state === 'terminated') await settling
    if (starting) return starting
    if (ending || phase.state === 'running') return
    clearTimer()
    restartCount += 1
    await launch()
  }

  async function stop(gracePeriodSeconds: number): Promise<void> {
    emit({ type: 'pod-terminating', atMs: Date.now() })
    await hold()
    if (phase.state === 'running') await terminate(phase.container, spec, gracePeriodSeconds * 1000)
    await settling
  }

  async function end(how: (container: Container) => Promise<unknown>): Promise<void> {
    ending = true
    clearTimer()
    await starting?.catch(() => undefined)
    if (phase.state === 'running') await how(phase.container)
    await settling
  }

  async function deletePod(gracePeriodSeconds: number): Promise<void> {
    emit({ type: 'pod-terminating', atMs: Date.now() })
    await end((container) => terminate(container, spec, gracePeriodSeconds * 1000))
    await removeOlderLogs('')
    const kept = await removePodDirectories({ spec, uid }, removalPlace)
    emit({ type: 'pod-deleted', atMs: Date.now(), ...kept })
  }

  async function rotate(): Promise<void> {
    if (phase.state !== 'running') {
      throw new GaplessError(`The log of pod ${spec.name} is not rotated: its container does not run`, {
        code: 'usage',
      })
    }
    await phase.container.log.rotate()
  }

  async function tick(): Promise<void> {
    if (phase.state !== 'running') return
    phase.container.processes.remember()
    await phase.container.log.check()
  }

  const kill = () => end((container) => container.processes.killAll(10_000))
  return { uid, launch, status, signal, hold, start, stop, delete: deletePod, rotate, tick, kill }
}

function survived(spec: PodSpec, left: readonly ProcessRef[]): GaplessError {
  const pids = left.map((ref) => ref.pid).join(' ')
  return new GaplessError(`Processes of pod ${spec.name} still run after SIGKILL: ${pids}`, {
    code: 'instrument',
  })
}
