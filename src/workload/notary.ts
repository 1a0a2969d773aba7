import pRetry, { AbortError } from 'p-retry'
import { z } from 'zod'
import { callControl, type ControlCall, ControlRefused } from '../program/control-call.js'
import {
  type EmitterCommand,
  emitterCommandSchema,
  type Ended,
  type Registered,
  registeredSchema,
  type Reserve,
  type Sent,
} from '../collector/protocol.js'

/** The collector, as an emitter sees it. Every call is tried again until it is answered or the signal says stop. */
export interface Notary {
  register(pid: number): Promise<Registered>
  reserve(reserve: Reserve): Promise<void>
  sent(sent: Sent): Promise<void>
  ended(ended: Ended): Promise<void>
  /** Undefined where none came for a while. */
  nextCommand(after: number): Promise<EmitterCommand | undefined>
}

const answerTimeoutMs = 5_000
/** The collector waits for a command up to 10 s before it says that there is none. */
const commandTimeoutMs = 20_000

export function createNotary(controlUrl: string, stream: string, signal: AbortSignal): Notary {
  const base = `/emitters/${stream}`

  async function call<T>(options: Omit<ControlCall<T>, 'signal' | 'whose'>): Promise<T> {
    return pRetry(
      async () => {
        try {
          return await callControl(controlUrl, { ...options, whose: 'collector', signal })
        } catch (error) {
          // To be told no is an answer. Trying again helps only where there was none, or the collector stumbled.
          if (error instanceof ControlRefused && error.status < 500) throw new AbortError(error)
          throw error
        }
      },
      { retries: Infinity, minTimeout: 20, factor: 2, maxTimeout: 1_000, signal },
    )
  }

  function post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return call({ method: 'POST', path: `${base}/${path}`, body, schema, timeoutMs: answerTimeoutMs })
  }

  return {
    register: (pid) => post('register', { pid }, registeredSchema),
    async reserve(reserve) {
      await post('reserve', reserve, z.unknown())
    },
    async sent(sent) {
      await post('sent', sent, z.unknown())
    },
    async ended(ended) {
      await post('ended', ended, z.unknown())
    },
    nextCommand: (after) =>
      call({
        method: 'GET',
        path: `${base}/command?after=${after}`,
        schema: emitterCommandSchema.optional(),
        timeoutMs: commandTimeoutMs,
      }),
  }
}
