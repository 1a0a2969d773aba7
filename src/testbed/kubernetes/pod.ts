import { GaplessError } from '../../errors.js'
import { until } from '../../until.js'
import type { ContainerStatus, FormerPod, Pod, PodSpec, ProcessRef } from '../contract.js'
import { machineCalled, machineOf, type KubernetesContext } from './context.js'
import type { Keeper } from './keeper.js'
import { getThroughProxy } from './monitor.js'
import { seePod } from './node-processes.js'
import { bareContainerId, exitOf, podLingersMs, type PodObject } from './objects.js'
import { objectPath } from './paths.js'
import { exitsOf } from './pod-events.js'
import { eventsTold } from './events-told.js'
import { followPod } from './pod-history.js'
import { readLogs, type Incarnation } from './pod-logs.js'
import { untilStarted } from './pod-start.js'
import { claimPath, pathOnNode } from './volumes.js'

export interface KubernetesPod extends Pod {
  /** What the API server has of it now, or had last. */
  readonly object: PodObject | undefined
  /** What is still there of it in the cluster, also while it is about to go. */
  exists(): boolean
  /** Resolves once its container runs, ready if asked; throws as soon as it is clear that it will not. */
  started(options?: { readonly ready?: boolean }): Promise<void>
  /**
   * Deletes the object and leaves it to its controller to make another one. `force` does not wait for the node: the
   * object is gone at once, whatever its processes do. Resolves when the object is gone.
   */
  deleteObject(options?: { readonly gracePeriodSeconds?: number; readonly force?: boolean }): Promise<void>
  /** Stops following it; it lives on. */
  forget(): void
}

const defaultLogBytes = 1024 * 1024
/** kubelet's longest back-off, and some. */
const restartMs = 330_000
const startMs = 180_000

/** gapless's handle of a pod, whatever object it is at the time. */
export function kubernetesPod(initial: PodSpec, keeper: Keeper, context: KubernetesContext): KubernetesPod {
  const { api, namespace, watch } = context
  const { name } = keeper
  const claims = new Map<string, string>()
  const told = eventsTold(context)
  const history = followPod(initial.name, initial.container, keeper.owns, initial.role === 'app', context)
  let last: PodObject | undefined

  function object(): PodObject | undefined {
    last = keeper.find() ?? (last && (watch.gone(last.metadata.uid) ?? last))
    return last
  }

  function present(): { readonly pod: PodObject; readonly place: Incarnation } {
    const pod = keeper.find()
    const place = history.incarnations.find(({ uid }) => uid === pod?.metadata.uid)
    if (pod && place) return { pod, place }
    throw new GaplessError(`${name} is on no node: ${pod ? 'it is not scheduled' : 'it has been deleted'}`, {
      code: 'usage',
    })
  }

  async function started({ ready = false, patient = false } = {}): Promise<void> {
    const { controller, find } = keeper
    const timeoutMs = patient ? restartMs : startMs
    await untilStarted({ name, find, ...(controller && { controller }), ready, patient, timeoutMs }, context)
    for (const { source } of initial.volumes) {
      if (source.type !== 'persistentVolumeClaim') continue
      const path = await claimPath(api, namespace, source.claimName)
      if (path !== undefined) claims.set(source.claimName, path)
    }
  }

  function resolveOf(uid: string, path: string): string {
    // All nodes of a testbed are alike.
    const { kubeletDirectory } = machineOf(initial.node, context).services
    return pathOnNode(initial, path, { kubeletDirectory, uid, claims })
  }

  /** Their objects are gone, and their processes, too: none comes back. */
  const over = new Set<string>()

  function formerPod(place: Incarnation, registered: boolean): FormerPod {
    const { name, machine, uid } = place
    const runs = async () => {
      const on = (await machine.state()) === 'running'
      const found = on && (await seePod(machine, place)).processes.length > 0
      if (!found && !registered) over.add(uid)
      return found
    }
    return { name, node: machine.node, registered, runs, resolve: (path) => resolveOf(uid, path) }
  }

  async function status(): Promise<ContainerStatus> {
    const there = keeper.find()
    const pod = object()
    const told = statusOf(pod)
    const place = history.incarnations.find(({ uid }) => uid === pod?.metadata.uid)
    if (there === undefined) return { ...told, state: 'terminated', reason: 'Deleted', processes: [] }
    if (place === undefined) return told
    if ((await place.machine.state()) !== 'running') {
      return { ...told, state: 'terminated', reason: 'NodeDown', processes: [] }
    }
    const seen = await seePod(place.machine, place)
    // The node knows first, and while its kubelet is stopped it is the only one who does.
    const { restartCount, reason, lastExit, containerId } = statusOf(keeper.find() ?? pod)
    const counted = Math.max(restartCount, seen.restartCount ?? 0)
    const exit = lastExit && { lastExit }
    if (seen.containerId !== undefined) {
      const { containerId: id, processes, startedAtMs } = seen
      return {
        state: 'running',
        containerId: id,
        restartCount: counted,
        processes,
        ...(startedAtMs && { startedAtMs }),
        ...exit,
      }
    }
    const state = told.state === 'running' ? 'terminated' : told.state
    const why = state === told.state ? reason : 'Unreported'
    return {
      state,
      ...(why && { reason: why }),
      ...(containerId && { containerId }),
      restartCount: counted,
      processes: [],
      ...exit,
    }
  }

  async function signal(...[signal, to]: Parameters<Pod['signal']>): Promise<readonly ProcessRef[]> {
    const { place } = present()
    const { signalled } = await seePod(place.machine, place, { signal, to })
    return signalled
  }

  async function openFiles(): Promise<readonly string[] | null> {
    const { processes } = await status()
    const place = history.incarnations.find(({ uid }) => uid === keeper.find()?.metadata.uid)
    if (processes.length === 0 || place === undefined) return null
    const directories = processes.map(({ pid }) => `/proc/${String(pid)}/fd`)
    const list = ['find', ...directories, '-type', 'l', '-printf', String.raw`%l\n`]
    const { exitCode, stdout } = await place.machine.exec(list, { allowFailure: true })
    return exitCode === 0 ? stdout.split('\n').filter(Boolean) : null
  }

  async function stop(options: { readonly gracePeriodSeconds?: number } = {}): Promise<void> {
    const pod = keeper.find()
    const ownSeconds = initial.terminationGracePeriodSeconds
    // As kubectl does: 0 would take the object away and leave the processes to themselves.
    const graceSeconds = Math.max(options.gracePeriodSeconds ?? ownSeconds, 1)
    // First, as a controller's own deletion could be hurried, but not by a kubelet that is at it already.
    if (pod && graceSeconds !== ownSeconds) await removeObject(pod, graceSeconds)
    await keeper.away()
    if (pod) await untilGone(pod, graceSeconds)
  }

  async function removeObject(pod: PodObject, gracePeriodSeconds: number): Promise<void> {
    const { name: podName, uid } = pod.metadata
    await api.remove(objectPath('Pod', namespace, podName), { gracePeriodSeconds, uid })
  }

  async function untilGone(
    { metadata: { uid, name: podName } }: PodObject,
    graceSeconds: number,
  ): Promise<void> {
    await until(`pod ${podName} to go (grace period ${graceSeconds} s)`, {
      timeoutMs: graceSeconds * 1000 + podLingersMs,
      signal: context.signal,
      poll: () => (watch.pods().some((pod) => pod.metadata.uid === uid) ? undefined : true),
    })
  }

  async function start(): Promise<void> {
    if (keeper.find()?.metadata.deletionTimestamp !== undefined || keeper.find() === undefined)
      await keeper.back()
    await started({ patient: true })
    await until(`${name} to run on its node`, {
      timeoutMs: restartMs,
      intervalMs: 250,
      signal: context.signal,
      poll: async () => ((await status()).state === 'running' ? true : undefined),
    })
  }

  return {
    get spec() {
      const scheduled = machineCalled(object()?.spec.nodeName ?? '', context)
      // One that waits for a node left its volume where it was.
      const { node } = scheduled ?? history.incarnations.at(-1)?.machine ?? initial
      return { ...initial, node }
    },
    get object() {
      return object()
    },
    exists: () => keeper.find() !== undefined,
    started,
    status,
    signal,
    start,
    stop,
    delete: stop,
    // kubelet starts a container again whenever it ends.
    holdRestart: () => Promise.resolve(false),
    recreate: async ({ node, newVolumes = false } = {}) => {
      if (newVolumes) throw new TypeError('a controller gives its pod no other claims')
      await keeper.back(node)
      await started()
    },
    deleteObject: async ({
      gracePeriodSeconds = initial.terminationGracePeriodSeconds,
      force = false,
    } = {}) => {
      const { pod } = present()
      await removeObject(pod, force ? 0 : Math.max(gracePeriodSeconds, 1))
      await untilGone(pod, force ? 0 : gracePeriodSeconds)
    },
    resolve: (path) => resolveOf(object()?.metadata.uid ?? '', path),
    former: () => {
      const now = object()?.metadata.uid
      const there = new Set(
        watch
          .pods()
          .filter(keeper.owns)
          .map(({ metadata }) => metadata.uid),
      )
      return history.incarnations
        .filter(({ uid }) => uid !== now && !over.has(uid))
        .map((place) => formerPod(place, there.has(place.uid)))
    },
    openFiles,
    hasEvent: (reason) => told.of(object()?.metadata.uid ?? '', reason),
    logs: ({ maxBytes = defaultLogBytes } = {}) => readLogs(history.incarnations, maxBytes),
    get: async ({ port }, path) => {
      const pod = keeper.find()
      return pod ? getThroughProxy(api, { namespace, pod: pod.metadata.name, port }, path) : null
    },
    forget: history.stop,
  }
}

/** What the API server says of a pod's container. */
function statusOf(pod: PodObject | undefined): ContainerStatus {
  const status = pod?.status?.containerStatuses?.[0]
  const { waiting, running, terminated } = status?.state ?? {}
  const reason = waiting?.reason ?? terminated?.reason
  const exit = exitsOf(status).at(-1)
  return {
    state: running ? 'running' : terminated ? 'terminated' : 'waiting',
    ...(reason !== undefined ? { reason } : status === undefined && { reason: 'Pending' }),
    ...(status?.containerID !== undefined && { containerId: bareContainerId(status.containerID) }),
    restartCount: status?.restartCount ?? 0,
    processes: [],
    ...(running && { startedAtMs: Date.parse(running.startedAt) }),
    ...(exit && { lastExit: exitOf(exit) }),
  }
}
