import { startProgram, type Program } from '../program/start.js'
import { type CollectorClient, createCollectorClient } from './client.js'
import { type CollectorOptions, readySchema } from './config.js'

/** A collector that runs as a process of its own, and goes when this one does. Disposing of it stops it. */
export interface Collector
  extends CollectorClient, AsyncDisposable, Pick<Program<unknown>, 'exited' | 'detach' | 'stop'> {
  readonly pid: number
  readonly bootId: string
  /** Where emitters and gapless talk to it. */
  readonly controlUrl: string
  readonly controlPort: number
  /** Where the pipeline delivers. */
  readonly dataUrl: string
  readonly dataPort: number
  /** Where it speaks the forward protocol; null where it was not asked to. */
  readonly forwardPort: number | null
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
  const { readyTimeoutMs, env, ...config } = options
  const program = await startProgram({
    name: 'collector',
    entry: 'collector/main',
    config,
    ready: readySchema,
    readyTimeoutMs,
    env,
  })
  const { pid, bootId, dataPort, forwardPort, controlPort } = program.ready
  const host = config.host ?? '127.0.0.1'
  const controlUrl = `http://${host}:${String(controlPort)}`
  const { exited, detach, stop } = program
  return {
    ...createCollectorClient(controlUrl),
    pid,
    bootId,
    controlUrl,
    controlPort,
    dataUrl: `http://${host}:${String(dataPort)}`,
    dataPort,
    forwardPort,
    exited,
    detach,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}
