import { createInterface } from 'node:readline'
import { execaNode } from 'execa'
import { entryPoint } from '../entry-point.js'
import { GaplessError, type GaplessErrorCode } from '../errors.js'
import { type CollectorClient, createCollectorClient } from './client.js'
import { type Announcement, announcementSchema, type CollectorOptions } from './config.js'

/** A collector that runs as a process of its own, and goes when this one does. Disposing of it stops it. */
export interface Collector extends CollectorClient, AsyncDisposable {
  readonly pid: number
  readonly bootId: string
  /** Where emitters and gapless talk to it. */
  readonly controlUrl: string
  readonly controlPort: number
  /** Where the pipeline delivers. */
  readonly dataUrl: string
  readonly dataPort: number
  /** Resolves when the process is gone, however it went. */
  readonly exited: Promise<{ readonly exitCode: number | undefined; readonly signal: string | undefined }>
  /** Lets it run on when this process ends. */
  detach(): Promise<void>
  /** Ends it in order; SIGKILL where it isn't gone by the deadline. Resolves when it is gone. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
}

/**
 * Resolves when it listens. Throws GaplessError: 'port-taken' with the port, 'store-not-writable' with the file,
 * 'timeout' where it didn't come up within `readyTimeoutMs`.
 */
export async function startCollector(
  options: CollectorOptions & {
    readonly readyTimeoutMs?: number
    /** Laid over this process's own. */
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<Collector> {
  const { readyTimeoutMs = 15_000, env = {}, ...config } = options
  const child = execaNode(entryPoint('collector/main'), [JSON.stringify(config)], {
    ipc: true,
    buffer: { stdout: false, stderr: true, ipc: false },
    stdin: 'ignore',
    reject: false,
    nodeOptions: [],
    env,
  })
  const exited = child.then(({ exitCode, signal, stderr }) => ({ exitCode, signal, stderr }))

  async function stop({ deadlineMs = 5_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await exited
    clearTimeout(timer)
  }

  async function announced(): Promise<Announcement> {
    for await (const line of createInterface({ input: child.stdout })) {
      return announcementSchema.parse(JSON.parse(line))
    }
    const { exitCode, signal, stderr } = await exited
    throw new GaplessError(`The collector ended with ${signal ?? exitCode} at its start: ${stderr}`, {
      code: 'instrument',
    })
  }

  let announcement: Announcement
  try {
    announcement = await within(readyTimeoutMs, announced())
  } catch (error) {
    await stop({ deadlineMs: 0 })
    throw error
  }
  if ('error' in announcement) {
    await exited
    const { code, message, hint } = announcement.error
    throw new GaplessError(message, { code: code as GaplessErrorCode, ...(hint !== undefined && { hint }) })
  }
  const { pid, bootId, dataPort, controlPort } = announcement.ready
  const host = config.host ?? '127.0.0.1'
  const controlUrl = `http://${host}:${controlPort}`
  return {
    ...createCollectorClient(controlUrl),
    pid,
    bootId,
    controlUrl,
    controlPort,
    dataUrl: `http://${host}:${dataPort}`,
    dataPort,
    exited,
    async detach() {
      await child.sendMessage('detach')
      child.unref()
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new GaplessError(`The collector did not come up within ${timeoutMs} ms`, { code: 'timeout' }))
    }, timeoutMs)
  })
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer))
}
