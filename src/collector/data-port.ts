import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readBody } from './body.js'
import { type Connections } from './connections.js'
import { type Destination, type Reply } from './destination.js'
import { openPort, type Port } from './port.js'

export interface DataPortOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly destination: Destination
  readonly now: () => number
}

/** Where the pipeline delivers: takes requests as out_http sends them. */
export function openDataPort({ host, port, destination, now }: DataPortOptions): Promise<Port> {
  const refusing = () => destination.behaviour.mode === 'refuse'

  function replyTo(response: ServerResponse): Reply {
    const answer = (status: number) => {
      if (refusing()) response.setHeader('connection', 'close')
      response.writeHead(status, { 'content-length': 0 }).end()
    }
    return {
      get gone() {
        return response.destroyed
      },
      accept: () => {
        answer(200)
      },
      reject: () => {
        answer(503)
      },
      cut: () => response.destroy(),
      onOver: (action) => response.once('close', action),
    }
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    connections: Connections,
  ): Promise<void> {
    const { id, over } = destination.began()
    const idle = connections.began(request.socket)
    response.once('close', () => {
      over()
      idle()
      // Its answer was under way when the port closed: the connection must not outlive that.
      if (refusing()) request.socket.destroy()
    })
    const reply = replyTo(response)
    const body = await readBody(request, destination.budget)
    if (body === 'gone') return
    if (body === 'too-much') {
      destination.refuse(reply)
      return
    }
    await destination.treat({ id, path: request.url ?? '/', body, sinceMs: now(), reply })
  }

  function createDataServer(connections: Connections): Server {
    // No time-out is ours: how long a client waits, or pauses, is what is being tested.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    server.on('connection', (socket) => {
      connections.opened(socket)
    })
    server.on('request', (request, response) => {
      serve(request, response, connections).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined)
      })
    })
    return server
  }

  return openPort({ host, port, createServer: createDataServer })
}
