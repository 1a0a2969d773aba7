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
  type Refused,
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
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>
}

/** What a handler returns is the answer, as JSON; undefined is answered 204. */
type Route = readonly [method: string, path: RegExp, handle: (call: Call) => unknown]

/** The server that emitters and gapless talk to; `protocol.ts` says what. Not listening yet. */
export function createControlServer(emitters: Emitters, steering: Steering): Server {
  const afterSchema = z.coerce.number().int().min(0)

  /** A POST whose body is checked, and then told to somebody. */
  function told<T>(path: RegExp, schema: z.ZodType<T>, tell: (stream: string, body: T) => unknown): Route {
    return ['POST', path, async (call) => tell(call.stream, await call.body(schema))]
  }

  const routes: readonly Route[] = [
    ['GET', /^\/state$/, () => steering.state()],
    told(/^\/behaviour$/, behaviourSchema, (_, behaviour) => steering.behave(behaviour)),
    ['POST', /^\/release$/, () => steering.release()],
    ['POST', /^\/finish$/, () => steering.finish()],
    told(/^\/streams\/([^/]+)\/command$/, commandRequestSchema, (stream, command) =>
      emitters.command(stream, command),
    ),
    [
      'GET',
      /^\/emitters\/([^/]+)\/command$/,
      ({ stream, url }) => {
        const after = parse(afterSchema, url.searchParams.get('after') ?? '0')
        return emitters.nextCommand(stream, after, commandWaitMs)
      },
    ],
    told(/^\/emitters\/([^/]+)\/register$/, registrationSchema, (stream) => emitters.register(stream)),
    told(/^\/emitters\/([^/]+)\/reserve$/, reserveSchema, (stream, reserve) =>
      emitters.reserve(stream, reserve),
    ),
    told(/^\/emitters\/([^/]+)\/sent$/, sentSchema, (stream, sent) => emitters.sent(stream, sent)),
    told(/^\/emitters\/([^/]+)\/ended$/, endedSchema, (stream, ended) => emitters.ended(stream, ended)),
  ]

  function answer(request: IncomingMessage): unknown {
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
    Promise.resolve(request)
      .then(answer)
      .then(
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

function errorBody(error: unknown): Refused {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'refused'
  return { error: { code, message: messageOf(error) } }
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
