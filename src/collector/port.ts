import { type Server } from 'node:net'
import { listen, listenAgain, listenBelowEphemeral } from './listen.js'

/** A port that can be closed on purpose and opened again. */
export interface Port {
  readonly port: number
  /** Resolves when it is open. Rejects where another has it by now. */
  open(): Promise<void>
  shut(): void
}

export interface PortOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly createServer: () => Server
}

/** Resolves when it is open. */
export async function openPort({ host, port: wanted, createServer }: PortOptions): Promise<Port> {
  async function first(): Promise<{ server: Server; port: number }> {
    if (wanted === 0) return listenBelowEphemeral(createServer, host)
    const server = createServer()
    return { server, port: await listen(server, host, wanted) }
  }

  const opened = await first()
  const { port } = opened
  let server: Server | undefined = opened.server
  return {
    port,
    async open() {
      server ??= await listenAgain(createServer, host, port)
    },
    shut() {
      server?.close()
      server = undefined
    },
  }
}
