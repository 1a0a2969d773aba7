import { join } from 'node:path'
import { isGaplessError, messageOf } from '../../../errors.js'
import { openRegistry } from '../../../processes/registry.js'
import type { ContainerStatus } from '../../contract.js'
import type { NodeConfig, Reply, Request } from '../protocol.js'
import { requestMessageSchema } from '../protocol.js'
import { limitedVolumes } from './limited-volumes.js'
import { nodePod, type NodePod, type PodPlace } from './pod.js'

/**
 * The supervisor of one node, in the place of kubelet and containerd. It is told what to do over the channel that
 * it was started with, and ends with all its containers when that channel closes, unless it was detached.
 */

interface Node {
  readonly config: NodeConfig
  readonly place: Omit<PodPlace, 'emit'>
  readonly pods: Map<string, NodePod>
}

let node: Node | undefined
let detached = false
let stopping: Promise<void> | undefined

function reply(message: Reply): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

function configure(config: NodeConfig): void {
  const nodeRoot = join(config.directory, config.node)
  const registry = openRegistry(config.registryFile)
  const place = { config, nodeRoot, registry, limitedVolumes: limitedVolumes(registry) }
  node = { config, place, pods: new Map() }
  setInterval(() => tick(), config.rotationCheckMs)
}

function tick(): void {
  for (const pod of node?.pods.values() ?? []) {
    pod.tick().catch((error: unknown) => process.stderr.write(`${messageOf(error)}\n`))
  }
}

async function create(request: Extract<Request, { type: 'create' }>): Promise<void> {
  const { config, place, pods } = configured()
  if (stopping) throw new Error('the supervisor is ending')
  const { spec, uid } = request
  const emit: PodPlace['emit'] = (event) => {
    reply({ event: { ...event, pod: spec.name, node: config.node } })
  }
  const pod = nodePod(spec, uid, { ...place, emit })
  pods.set(uid, pod)
  try {
    await pod.launch()
  } catch (error) {
    await pod.delete(0)
    pods.delete(uid)
    throw error
  }
}

/** Answers with how the pod was at last. */
async function deletePod(uid: string, gracePeriodSeconds: number): Promise<ContainerStatus> {
  const pod = podOf(uid)
  await pod.delete(gracePeriodSeconds)
  configured().pods.delete(uid)
  return pod.status()
}

async function handle(request: Request): Promise<unknown> {
  switch (request.type) {
    case 'configure':
      return configure(request.config)
    case 'create':
      return create(request)
    case 'status':
      return podOf(request.uid).status()
    case 'signal':
      return podOf(request.uid).signal(request.signal as NodeJS.Signals, request.to)
    case 'hold':
      return podOf(request.uid).hold()
    case 'start':
      return podOf(request.uid).start()
    case 'stop':
      return podOf(request.uid).stop(request.gracePeriodSeconds)
    case 'delete':
      return deletePod(request.uid, request.gracePeriodSeconds)
    case 'rotate':
      return podOf(request.uid).rotate()
    case 'detach':
      detached = true
      return
    case 'shutdown':
      return killAll()
  }
}

/** Every container, and no container after that. */
function killAll(): Promise<void> {
  stopping ??= Promise.all([...(node?.pods.values() ?? [])].map((pod) => pod.kill())).then(() =>
    node?.place.limitedVolumes.endBelow(node.config.directory),
  )
  return stopping
}

function exit(status: number): void {
  // Containers are killed in a few milliseconds; one that cannot be must not keep the supervisor for ever.
  setTimeout(() => process.exit(1), 8_000).unref()
  killAll().then(
    () => process.exit(status),
    () => process.exit(1),
  )
}

function configured(): Node {
  if (node === undefined) throw new Error('the supervisor has not been configured')
  return node
}

function podOf(uid: string): NodePod {
  const pod = configured().pods.get(uid)
  if (pod === undefined) throw new Error(`there is no pod ${uid} on this node`)
  return pod
}

async function answer(message: unknown): Promise<void> {
  const { id, request } = requestMessageSchema.parse(message)
  try {
    reply({ id, value: (await handle(request)) ?? null })
  } catch (error) {
    const { code, hint } = isGaplessError(error) ? error : { code: 'instrument', hint: undefined }
    reply({ id, error: { message: messageOf(error), code, ...(hint !== undefined && { hint }) } })
  }
  if (request.type === 'shutdown') exit(0)
}

function crash(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  exit(1)
}

process.on('message', (message) => void answer(message).catch(crash))
process.on('disconnect', () => {
  if (!detached) exit(0)
})
process.on('SIGTERM', () => exit(0))
process.on('SIGINT', () => exit(0))
process.on('SIGHUP', () => undefined)
process.on('uncaughtException', crash)
// Programs are loaded asynchronously, so gapless may have gone before anybody listened.
if (!process.connected) exit(0)
