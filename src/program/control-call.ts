import type { z } from 'zod'
import { GaplessError, messageOf } from '../errors.js'
import { refusedSchema } from './control-server.js'

/** The control port answered, and said no. */
export class ControlRefused extends GaplessError {
  override readonly name = 'ControlRefused'
  constructor(
    readonly status: number,
    message: string,
    code: 'port-taken' | 'instrument',
  ) {
    super(message, { code })
  }
}

export interface ControlCall<T> {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** What the answer must be; an answer without content is undefined. */
  readonly schema: z.ZodType<T>
  readonly timeoutMs: number
  /** Whose control port it is, for messages, e.g. 'collector'. */
  readonly whose: string
  readonly signal?: AbortSignal | undefined
}

/**
 * One call of a control port. Throws ControlRefused where it says no, and GaplessError 'timeout' or 'instrument' where
 * it doesn't answer.
 */
export async function callControl<T>(controlUrl: string, call: ControlCall<T>): Promise<T> {
  const { method, path, body, schema, timeoutMs, signal, whose } = call
  const what = `${method} ${path} at the ${whose}'s control port ${controlUrl}`
  const timeout = AbortSignal.timeout(timeoutMs)
  let status: number
  let text: string
  try {
    const response = await fetch(new URL(path, controlUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    status = response.status
    text = await response.text()
  } catch (cause) {
    if (timeout.aborted) {
      throw new GaplessError(`No answer within ${timeoutMs} ms to ${what}`, { code: 'timeout', cause })
    }
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new GaplessError(`No answer to ${what}: ${reason}`, { code: 'instrument', cause })
  }
  const value: unknown = text === '' ? undefined : JSON.parse(text)
  if (status !== 200 && status !== 204) {
    const refusal = refusedSchema.safeParse(value)
    const reason = refusal.success ? refusal.data.error.message : text
    const code = refusal.data?.error.code === 'port-taken' ? 'port-taken' : 'instrument'
    throw new ControlRefused(status, `${what} was answered ${status}: ${reason}`, code)
  }
  return schema.parse(value)
}
