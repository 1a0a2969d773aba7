import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { messageOf } from '../errors.js'

const bodyLimitBytes = 64 * 1024

/** A request that is refused, with the status that says so. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** Any answer of a control port that is not 200 or 204. */
export const refusedSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })
export type Refused = z.infer<typeof refusedSchema>

/**
 * What `answer` returns is sent as JSON, undefined as 204; a Refusal with its status, any other error with 500. Not
 * listening yet.
 */
export function createControlServer(answer: (request: IncomingMessage) => unknown): Server {
  return createServer((request, response) => {
    Promise.resolve(request)
      .then(answer)
      .then(
        (value) => (value === undefined ? send(response, 204) : send(response, 200, value)),
        (error: unknown) => send(response, error instanceof Refusal ? error.status : 500, errorBody(error)),
      )
  })
}

/** The body of a request as `schema` has it. Throws Refusal where it is something else, or too long. */
export async function bodyOf<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > bodyLimitBytes)
      throw new Refusal(413, `a body has at most ${String(bodyLimitBytes)} bytes`)
  }
  return checked(schema, parsed(text))
}

/** Throws Refusal where `value` is not as `schema` has it. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (!result.success) throw new Refusal(400, z.prettifyError(result.error))
  return result.data
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, `the body is no JSON: ${text.slice(0, 200)}`)
  }
}

function errorBody(error: unknown): Refused {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'refused'
  return { error: { code, message: messageOf(error) } }
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
