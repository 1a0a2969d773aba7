import { createServer, type Server, type Socket } from 'node:net'
import { messageOf } from '../errors.js'

/** The port where a node's forwarder connects. It is open or closed as it is wanted, or will be as soon as it can. */
export interface Gate {
  readonly listening: boolean
  want(open: boolean, why: string): void
  /** Resolves once the port is as it was last wanted. */
  settled(): Promise<void>
  close(): void
}

export interface GateOptions {
  readonly host: string
  readonly port: number
  readonly onConnection: (socket: Socket) => void
  readonly onChange: (listening: boolean, why: string) => void
  /** The port could not be opened, and will be tried again. */
  readonly onTrouble: (message: string) => void
}

const retryMs = 20

export function createGate(options: GateOptions): Gate {
  const { host, port } = options
  let wanted = false
  let why = ''
  let server: Server | undefined
  let listening = false
  let closed = false
  const waiting = new Set<() => void>()

  function settle(): void {
    if (listening !== wanted && !closed) return
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  function open(): void {
    // Nothing is read of a connection before there is somebody to hand it to, and its two ends end separately.
    const opening = createServer(
      { pauseOnConnect: true, allowHalfOpen: true, noDelay: true },
      options.onConnection,
    )
    server = opening
    opening.on('error', (error) => {
      server = undefined
      options.onTrouble(`Port ${String(port)} on ${host} cannot be opened: ${messageOf(error)}`)
      setTimeout(reconcile, retryMs)
    })
    opening.listen({ host, port, backlog: 511 }, () => {
      listening = true
      options.onChange(true, why)
      reconcile()
    })
  }

  /** Connections that the kernel has accepted already are taken first: what they brought is to be written down. */
  function shut(closing: Server): void {
    server = undefined
    setImmediate(() => {
      closing.close()
      listening = false
      options.onChange(false, why)
      reconcile()
    })
  }

  function reconcile(): void {
    if (!closed && wanted && server === undefined && !listening) open()
    else if (!wanted && server !== undefined && listening) shut(server)
    settle()
  }

  return {
    get listening() {
      return listening
    },
    want(open, reason) {
      if (wanted === open) return
      wanted = open
      why = reason
      reconcile()
    },
    async settled() {
      if (listening === wanted) return
      await new Promise<void>((resolve) => waiting.add(resolve))
    },
    close() {
      closed = true
      wanted = false
      server?.close()
      settle()
    },
  }
}
