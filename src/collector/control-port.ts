import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { messageOf } from '../errors.js'
import { isStreamToken } from '../marker/format.js'
import { type Emitters, StaleIncarnation } from './emitters.js'
import {
  type Behaviour,
  behaviourSchema,
  type CollectorState,
  commandRequestSchema,
  endedSchema,
  registrationSchema,
  refusalSchema,
  type ReleaseResult,
  reserveSchema,
  sentSchema,
} from './protocol.js'

/** What gapless can ask of the collector. */
export interface Steering {
  state(): CollectorState
  behave(behaviour: Behaviour): Promise<void>
  release(): Promise<ReleaseResult>
  /** Everything written is on the disk, and `latency.json` is that of the end. */
  finish(): Promise<void>
}

const commandWaitMs = 10_000
const bodyLimitBytes = 64 * 1024

/** A request that is refused, with the status that says so. */
class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

interface Call {
  readonly url: URL
  /** The stream in the path, or ''. */
  readonly stream: string
  body<T>(schema: z.ZodType<T>): Promise<T>
}

type Route = readonly [method: string, path: RegExp, handle: (call: Call) => unknown]

/** The server that emitters and gapless talk to; `protocol.ts` says what. Not listening yet. */
export function createControlServer(emitters: Emitters, steering: Steering): Server {
  const afterSchema = z.coerce.number().int().min(0)

  const routes: readonly Route[] = [
    ['GET', /^\/state$/, () => steering.state()],
    [
      'POST',
      /^\/behaviour$/,
      async ({ body }) => {
        await steering.behave(await body(behaviourSchema))
        return {}
      },
    ],
    ['POST', /^\/release$/, () => steering.release()],
    [
      'POST',
      /^\/finish$/,
      async () => {
        await steering.finish()
        return {}
      },
    ],
    [
      'POST',
      /^\/streams\/([^/]+)\/command$/,
      async ({ stream, body }) => emitters.command(stream, await body(commandRequestSchema)),
    ],
    [
      'GET',
      /^\/emitters\/([^/]+)\/command$/,
      ({ stream, url }) => {
        const after = parse(afterSchema, url.searchParams.get('after') ?? '0')
        return emitters.nextCommand(stream, after, commandWaitMs)
      },
    ],
    [
      'POST',
      /^\/emitters\/([^/]+)\/register$/,
      async ({ stream, body }) => {
        await body(registrationSchema)
        return emitters.register(stream)
      },
    ],
    [
      'POST',
      /^\/emitters\/([^/]+)\/reserve$/,
      async ({ stream, body }) => {
        await emitters.reserve(stream, await body(reserveSchema))
        return {}
      },
    ],
    [
      'POST',
      /^\/emitters\/([^/]+)\/sent$/,
      async ({ stream, body }) => {
        await emitters.sent(stream, await body(sentSchema))
        return {}
      },
    ],
    [
      'POST',
      /^\/emitters\/([^/]+)\/ended$/,
      async ({ stream, body }) => {
        await emitters.ended(stream, await body(endedSchema))
        return {}
      },
    ],
  ]

  async function answer(request: IncomingMessage): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://collector')
    const here = routes.filter(([, path]) => path.test(url.pathname))
    const route = here.find(([method]) => method === request.method)
    if (!route) {
      const reason = here.length === 0 ? 'there is nothing at' : `${request.method} is not possible at`
      throw new Refusal(here.length === 0 ? 404 : 405, `${reason} ${url.pathname}`)
    }
    const [, path, handle] = route
    const stream = path.exec(url.pathname)?.[1] ?? ''
    if (stream !== '' && !isStreamToken(stream)) {
      throw new Refusal(400, `a stream is three of 0-9a-z, not ${JSON.stringify(stream)}`)
    }
    return handle({ url, stream, body: async (schema) => parse(schema, await readJson(request)) })
  }

  return createServer((request, response) => {
    answer(request).then(
      (value) => (value === undefined ? send(response, 204) : send(response, 200, value)),
      (error: unknown) => send(response, statusOf(error), errorBody(error)),
    )
  })
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error))
  return parsed.data
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > bodyLimitBytes) throw new Refusal(413, `a body has at most ${bodyLimitBytes} bytes`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(400, `the body is no JSON: ${text.slice(0, 200)}`)
  }
}

function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status
  return error instanceof StaleIncarnation ? 409 : 500
}

function errorBody(error: unknown): z.infer<typeof refusalSchema> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'refused'
  return { error: { code, message: messageOf(error) } }
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
