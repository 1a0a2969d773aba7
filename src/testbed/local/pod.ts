import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { GaplessError } from '../../errors.js'
import { openFiles } from '../../processes/open-files.js'
import type { ContainerStatus, Pod, PodSpec, ProcessRef, ProcessSelector } from '../contract.js'
import { answerOf } from './answer.js'
import type { ClaimLocks } from './claims.js'
import type { Names } from './names.js'
import { resolveInContainer } from './node/rootfs.js'
import { readPodLogs, type Incarnation } from './pod-logs.js'
import { checkPodSpec, claimsOf, withOtherClaims } from './pod-spec.js'
import { refsSchema, statusSchema, type Request } from './protocol.js'
import type { Supervisor } from './supervisor.js'

export interface LocalPod extends Pod {
  create(): Promise<void>
  rotateLogs(): Promise<void>
  exists(): boolean
}

export interface PodContext {
  readonly directory: string
  readonly claims: ClaimLocks
  readonly names: Names
  /** Throws `usage` for a node that is not there. */
  readonly supervisorOf: (node: string) => Supervisor
}

const defaultLogBytes = 1024 * 1024

/** gapless's handle of a pod; the pod itself is with its node's supervisor. */
export function localPod(initial: PodSpec, context: PodContext): LocalPod {
  const { directory, claims, names, supervisorOf } = context
  const incarnations: Incarnation[] = []
  let spec = initial
  let uid = ''
  let exists = false
  let last: ContainerStatus = { state: 'waiting', reason: 'Pending', restartCount: 0, processes: [] }

  async function create(): Promise<void> {
    checkPodSpec(spec)
    const supervisor = supervisorOf(spec.node)
    const creating: Incarnation = { spec, uid: randomUUID() }
    claims.attach(spec.node, spec.name, claimsOf(spec))
    try {
      await supervisor.request({ type: 'create', uid: creating.uid, spec })
    } catch (error) {
      claims.detach(spec.node, spec.name, claimsOf(spec))
      throw error
    }
    uid = creating.uid
    incarnations.push(creating)
    exists = true
    if (spec.address !== undefined) names.set(nameOf(spec), spec.address)
  }

  function supervisor(): Supervisor {
    if (!exists) throw new GaplessError(`Pod ${spec.name} has been deleted`, { code: 'usage' })
    return supervisorOf(spec.node)
  }

  async function tell(request: Request): Promise<void> {
    await supervisor().request(request)
  }

  async function status(): Promise<ContainerStatus> {
    if (exists) last = statusSchema.parse(await supervisor().request({ type: 'status', uid }))
    return last
  }

  async function signal(name: NodeJS.Signals, to: ProcessSelector): Promise<readonly ProcessRef[]> {
    return refsSchema.parse(await supervisor().request({ type: 'signal', uid, signal: name, to }))
  }

  async function remove(options: { readonly gracePeriodSeconds?: number } = {}): Promise<void> {
    names.remove(nameOf(spec))
    const gracePeriodSeconds = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds
    const timeoutMs = gracePeriodSeconds * 1000 + 30_000
    const final = await supervisor().request({ type: 'delete', uid, gracePeriodSeconds }, { timeoutMs })
    claims.detach(spec.node, spec.name, claimsOf(spec))
    exists = false
    last = { ...statusSchema.parse(final), state: 'terminated', reason: 'Deleted', processes: [] }
  }

  async function recreate(
    options: { readonly node?: string; readonly newVolumes?: boolean } = {},
  ): Promise<void> {
    if (exists) {
      throw new GaplessError(`Pod ${spec.name} cannot be created again: it is still there`, { code: 'usage' })
    }
    const before = spec
    const volumes = options.newVolumes ? withOtherClaims(initial, incarnations.length + 1) : spec.volumes
    spec = { ...spec, node: options.node ?? spec.node, volumes }
    try {
      await create()
    } catch (error) {
      spec = before
      throw error
    }
  }

  return {
    get spec() {
      return spec
    },
    create,
    exists: () => exists,
    status,
    signal,
    holdRestart: async () => {
      await tell({ type: 'hold', uid })
      return true
    },
    start: () => tell({ type: 'start', uid }),
    stop: async ({ gracePeriodSeconds = spec.terminationGracePeriodSeconds } = {}) => {
      const timeoutMs = gracePeriodSeconds * 1000 + 30_000
      await supervisor().request({ type: 'stop', uid, gracePeriodSeconds }, { timeoutMs })
    },
    delete: remove,
    recreate,
    rotateLogs: () => tell({ type: 'rotate', uid }),
    resolve: (path) =>
      resolveInContainer(spec, { directory, nodeRoot: join(directory, spec.node), uid }, path),
    // It ends before another takes over.
    former: () => [],
    async openFiles() {
      const open = (await status()).processes.map(({ pid }) => openFiles(pid))
      return open.length === 0 || open.includes(null) ? null : open.flatMap((files) => files ?? [])
    },
    hasEvent: () => Promise.resolve(false),
    get: answerOf,
    logs: ({ maxBytes = defaultLogBytes } = {}) => readPodLogs(directory, incarnations, maxBytes),
  }
}

const nameOf = (spec: PodSpec) => `${spec.name}.${spec.namespace}`
