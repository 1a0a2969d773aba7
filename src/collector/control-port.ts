import { type IncomingMessage, type Server } from 'node:http'
import { z } from 'zod'
import { isStreamToken } from '../marker/format.js'
import { bodyOf, checked, createControlServer, Refusal } from '../program/control-server.js'
import { type Emitters } from './emitters.js'
import {
  type Behaviour,
  behaviourSchema,
  type CollectorState,
  commandRequestSchema,
  endedSchema,
  registrationSchema,
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

interface Call {
  readonly url: URL
  /** The stream in the path, or ''. */
  readonly stream: string
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>
}

/** What a handler returns is the answer, as JSON; undefined is answered 204. */
type Route = readonly [method: string, path: RegExp, handle: (call: Call) => unknown]

/** The server that emitters and gapless talk to; `protocol.ts` says what. Not listening yet. */
export function controlServer(emitters: Emitters, steering: Steering): Server {
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
        const after = checked(afterSchema, url.searchParams.get('after') ?? '0')
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
    return handle({ url, stream, body: (schema) => bodyOf(request, schema) })
  }

  return createControlServer(answer)
}
