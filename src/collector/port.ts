import { type Server } from 'node:net'
import { trackConnections, type Connections } from './connections.js'
import { listen, listenAgain, listenBelowEphemeral } from './listen.js'

/** A port that can be closed on purpose and opened again. */
export interface Port {
  readonly port: number
  /** Resolves when it is open. Rejects where another has it by now. */
  open(): Promise<void>
  /** Closes it, and the connections that have no request under way. */
  refuse(): void
  /** Closes it and all its connections. */
  close(): void
}

export interface PortOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  /** Tells what becomes of its connections. */
  readonly createServer: (connections: Connections) => Server
}

/** Resolves when it is open. */
export async function openPort({ host, port: wanted, createServer }: PortOptions): Promise<Port> {
  const connections = trackConnections()
  const serverOf = () => createServer(connections)
  async function first(): Promise<{ server: Server; port: number }> {
    if (wanted === 0) return listenBelowEphemeral(serverOf, host)
    const server = serverOf()
    return { server, port: await listen(server, host, wanted) }
  }

  const opened = await first()
  const { port } = opened
  let server: Server | undefined = opened.server
  function shut(): void {
    server?.close()
    server = undefined
  }
  return {
    port,
    async open() {
      server ??= await listenAgain(serverOf, host, port)
    },
    refuse() {
      shut()
      connections.cutIdle()
    },
    close() {
      shut()
      connections.cutAll()
    },
  }
}
