import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readBody } from './body.js'
import { trackConnections } from './connections.js'
import { type Destination, type Reply } from './destination.js'
import { openPort } from './port.js'

export interface DataPortOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly destination: Destination
  readonly now: () => number
}

/** Where the pipeline delivers. */
export interface DataPort {
  readonly port: number
  /** Resolves when it is open. Rejects where another has it by now. */
  open(): Promise<void>
  /** Closes it, and the connections that have no request under way. */
  refuse(): void
  close(): void
}

/** Takes requests as out_http sends them. */
export async function openDataPort({ host, port, destination, now }: DataPortOptions): Promise<DataPort> {
  const connections = trackConnections()
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

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
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

  function createDataServer(): Server {
    // No time-out is ours: how long a client waits, or pauses, is what is being tested.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    server.on('connection', (socket) => {
      connections.opened(socket)
    })
    server.on('request', (request, response) => {
      serve(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined)
      })
    })
    return server
  }

  const opened = await openPort({ host, port, createServer: createDataServer })
  return {
    port: opened.port,
    open: opened.open,
    refuse() {
      opened.shut()
      connections.cutIdle()
    },
    close() {
      opened.shut()
      connections.cutAll()
    },
  }
}
