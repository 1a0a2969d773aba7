import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { messageOf } from '../errors.js'
import {
  type WireChange,
  wireChangeSchema,
  type WireConcluded,
  type WireEndpoint,
  wireEndpointSchema,
  type WireState,
} from './protocol.js'

/** What gapless can ask of the tap. */
export interface WireSteering {
  state(): WireState
  nodes(): readonly string[]
  behave(change: WireChange): Promise<void>
  endpoint(endpoint: WireEndpoint): Promise<void>
  conclude(): WireConcluded
  /** Everything written is on the disk. */
  finish(): Promise<void>
}

class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

const bodyLimitBytes = 64 * 1024

/** GET /state, POST /behaviour, POST /endpoint, POST /conclude, POST /finish; `protocol.ts` says what. Not listening yet. */
export function createControlServer(steering: WireSteering): Server {
  async function answer(request: IncomingMessage): Promise<unknown> {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /state':
        return steering.state()
      case 'POST /behaviour':
        return steering.behave(parseChange(await readText(request), steering.nodes()))
      case 'POST /endpoint':
        return steering.endpoint(parseBody(await readText(request), wireEndpointSchema))
      case 'POST /conclude':
        return steering.conclude()
      case 'POST /finish':
        return steering.finish()
      default:
        throw new Refusal(404, `there is no ${request.method ?? ''} ${request.url ?? ''}`)
    }
  }

  return createServer((request, response) => {
    answer(request).then(
      (value) => {
        send(response, value === undefined ? 204 : 200, value)
      },
      (error: unknown) => {
        const status = error instanceof Refusal ? error.status : 500
        send(response, status, { error: { code: 'refused', message: messageOf(error) } })
      },
    )
  })
}

function parseChange(text: string, nodes: readonly string[]): WireChange {
  const change = parseBody(text, wireChangeSchema)
  if (change.node !== null && !nodes.includes(change.node)) {
    throw new Refusal(400, `there is no node "${change.node}"; nodes: ${nodes.join(', ')}`)
  }
  return change
}

function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal(400, `the body is no JSON: ${text.slice(0, 200)}`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error))
  return parsed.data
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > bodyLimitBytes)
      throw new Refusal(413, `a body has at most ${String(bodyLimitBytes)} bytes`)
  }
  return text
}

function send(response: ServerResponse, status: number, body?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
