import { startProgram, type Program } from '../program/start.js'
import { createWireClient, type WireClient } from './client.js'
import { type WireOptions, wireReadySchema } from './config.js'

/** A tap that runs as a process of its own, and goes when this one does. Disposing of it stops it. */
export interface Tap
  extends WireClient, AsyncDisposable, Pick<Program<unknown>, 'exited' | 'detach' | 'stop'> {
  readonly pid: number
  readonly controlUrl: string
}

/**
 * Resolves when it stands; its ports open as soon as the aggregator listens. Throws GaplessError: 'port-taken' for
 * the control port, 'store-not-writable' with the file, 'timeout' where it didn't come up within `readyTimeoutMs`.
 */
export async function startTap(
  options: WireOptions & {
    readonly readyTimeoutMs?: number
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<Tap> {
  const { readyTimeoutMs, env, ...config } = options
  const program = await startProgram({
    name: 'tap',
    entry: 'wire/main',
    config,
    ready: wireReadySchema,
    readyTimeoutMs,
    env,
  })
  const { pid, controlPort } = program.ready
  const controlUrl = `http://${config.host ?? '127.0.0.1'}:${String(controlPort)}`
  const { exited, detach, stop } = program
  return {
    ...createWireClient(controlUrl),
    pid,
    controlUrl,
    exited,
    detach,
    stop,
    [Symbol.asyncDispose]: () => stop(),
  }
}
