import { fork, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { entryPoint } from '../../entry-point.js'
import { GaplessError, type GaplessErrorCode } from '../../errors.js'
import { signalProcess, spawnedRef } from '../../processes/identity.js'
import { runMark } from '../../processes/marks.js'
import type { RunRegistry } from '../../processes/registry.js'
import type { ProcessRef } from '../contract.js'
import { replySchema, type NodeConfig, type NodeEvent, type Request } from './protocol.js'

/** gapless's end of the channel to one node's supervisor. */
export interface Supervisor {
  readonly node: string
  readonly process: ProcessRef
  /** Rejects with what the supervisor answers, or when it ends or has not answered in time. */
  request(request: Request, options?: { readonly timeoutMs?: number }): Promise<unknown>
  /** Ends it with all its containers; after 20 s by SIGKILL, which leaves containers to be found by their marks. */
  stop(): Promise<void>
  /** Lets it and its containers live on without gapless. */
  detach(): Promise<void>
}

export interface SupervisorOptions {
  readonly config: NodeConfig
  readonly registry: RunRegistry
  readonly onEvent: (event: NodeEvent) => void
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

const closingMs = 5_000

/** Starts the supervisor of a node and makes the node's directory. */
export async function startSupervisor({ config, registry, onEvent }: SupervisorOptions): Promise<Supervisor> {
  const { node } = config
  const child = forkSupervisor(config)
  const supervisor = nameOf(child, node)
  registry.registerProcess(`supervisor of ${node}`, supervisor)

  const waiting = new Map<number, Waiting>()
  let requests = 0
  let ended: string | undefined
  let detached = false
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = `ended (${signal ?? `exit status ${String(code)}`})`
      for (const { reject } of waiting.values()) reject(gone(config, ended))
      waiting.clear()
      resolve()
    })
  })
  // A failed write to the channel shows as the exit that caused it.
  child.on('error', () => undefined)
  child.on('message', (message) => {
    const reply = replySchema.parse(message)
    if ('event' in reply) return onEvent(reply.event)
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (!('error' in reply)) return asked?.resolve(reply.value)
    const { message: text, code, hint } = reply.error
    asked?.reject(
      new GaplessError(text, { code: code as GaplessErrorCode, ...(hint !== undefined && { hint }) }),
    )
  })

  async function request(body: Request, options: { readonly timeoutMs?: number } = {}): Promise<unknown> {
    if (detached) throw gone(config, 'has been detached')
    // Its channel closes when it dies, and how it died is known a moment later.
    if (!child.connected) await Promise.race([exited, sleep(closingMs, undefined, { ref: false })])
    if (ended !== undefined || !child.connected) throw gone(config, ended ?? 'has closed its channel')
    const { timeoutMs = 30_000 } = options
    const id = (requests += 1)
    const timer = new AbortController()
    const answer = new Promise<unknown>((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      child.send({ id, request: body })
    })
    const timeout = sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
      throw new GaplessError(`waited ${timeoutMs / 1000} s for the supervisor of ${node} to ${body.type}`, {
        code: 'timeout',
      })
    })
    try {
      return await Promise.race([answer, timeout])
    } finally {
      timer.abort()
      timeout.catch(() => undefined)
      waiting.delete(id)
    }
  }

  async function stop(): Promise<void> {
    // Answered or not, it ends; only a supervisor that hangs has to be killed.
    if (ended === undefined) await request({ type: 'shutdown' }, { timeoutMs: 20_000 }).catch(() => undefined)
    const timer = sleep(1_000, undefined, { ref: false }).then(() => signalProcess(supervisor, 'SIGKILL'))
    await Promise.race([exited, timer.then(() => exited)])
  }

  async function detach(): Promise<void> {
    await request({ type: 'detach' })
    detached = true
    child.disconnect()
    child.unref()
  }

  await request({ type: 'configure', config })
  return { node, process: supervisor, request, stop, detach }
}

/**
 * Its own session, so that a Ctrl-C in gapless's terminal does not reach it: it ends when gapless tells it or is
 * gone. Its output goes to a file, as a pipe would break when gapless is killed.
 */
function forkSupervisor(config: NodeConfig): ChildProcess {
  mkdirSync(join(config.directory, config.node), { recursive: true })
  const log = openSync(join(config.directory, `${config.node}-supervisor.log`), 'a')
  try {
    return fork(entryPoint('testbed/local/node/main'), [], {
      detached: true,
      execArgv: [],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', [runMark]: config.runId },
      stdio: ['ignore', log, log, 'ipc'],
    })
  } finally {
    closeSync(log)
  }
}

function nameOf(child: ChildProcess, node: string): ProcessRef {
  const ref = child.pid === undefined ? undefined : spawnedRef(child.pid, child.spawnargs)
  if (ref !== undefined) return ref
  throw new GaplessError(`The supervisor of ${node} could not be started`, { code: 'instrument' })
}

function gone(config: NodeConfig, how: string): GaplessError {
  return new GaplessError(`The supervisor of ${config.node} ${how}`, {
    code: 'instrument',
    hint: `What it said is in ${join(config.directory, `${config.node}-supervisor.log`)}`,
  })
}
