import { createServer, type Socket } from 'node:net'
import { encode } from '@msgpack/msgpack'
import { createBoundaryFinder, type Framed } from '../forward/boundaries.js'
import { type ForwardMessage, readMessage, unpackEntries } from '../forward/message.js'
import { type Body } from './body.js'
import { type DataPortOptions } from './data-port.js'
import { type Destination, type Reply } from './destination.js'
import { openPort, type Port } from './port.js'

/** The hop that arrivals by this port are said to have come over. */
export const forwardPath = '/from/forwarder'

/**
 * Takes messages of the forward protocol v1 in every mode, without authentication, and answers those that ask for it
 * with their chunk's id once they are stored. A message is a request: what the destination does to requests it does
 * to messages, and where the protocol has no word for it ("unavailable"), the connection is cut.
 */
export function openForwardPort({ host, port, destination, now }: DataPortOptions): Promise<Port> {
  return openPort({
    host,
    port,
    createServer: (connections) =>
      createServer({ noDelay: true }, (socket) => {
        connections.opened(socket)
        readMessages(socket, destination, now, () => connections.began(socket))
      }),
  })
}

interface Request {
  readonly id: number
  readonly over: () => void
}

/** Reads a connection's messages and hands them to the destination one after the other. */
function readMessages(
  socket: Socket,
  destination: Destination,
  now: () => number,
  busy: () => () => void,
): void {
  const { budget } = destination
  const finder = createBoundaryFinder()
  /** Requests that are not over, and how those end whose client waits for an answer. */
  const underWay = new Set<number>()
  const waiting = new Set<() => void>()
  let idle: (() => void) | undefined
  let parts: Buffer[] = []
  let partsBytes = 0
  let request: Request | undefined
  let delivered = Promise.resolve()

  function begin(): Request {
    const { id, over } = destination.began()
    underWay.add(id)
    idle ??= busy()
    return {
      id,
      over() {
        over()
        if (!underWay.delete(id) || underWay.size > 0) return
        idle?.()
        idle = undefined
        // What was under way when the port closed must not outlive that, as little as the rest.
        if (destination.behaviour.mode === 'refuse') socket.destroy()
      },
    }
  }

  function take(part: Buffer): boolean {
    request ??= begin()
    if (!budget.take(part.length)) {
      destination.refuse(replyTo(null, request.over))
      return false
    }
    parts.push(part)
    partsBytes += part.length
    return true
  }

  function complete(framed: Framed): void {
    const bytes = Buffer.concat(parts, partsBytes)
    const done = request ?? begin()
    parts = []
    partsBytes = 0
    request = undefined
    delivered = delivered
      .then(() => deliver(readMessage(bytes, framed), bytes, done))
      .catch(() => {
        socket.destroy()
        done.over()
      })
  }

  async function deliver(message: ForwardMessage, bytes: Buffer, { id, over }: Request): Promise<void> {
    const { mode, chunk } = message
    const reply = replyTo(chunk, over)
    const isData = mode !== 'handshake' && mode !== 'heartbeat' && mode !== 'other'
    const body = isData ? await bodyOf(message, bytes) : undefined
    budget.give(bytes.length)
    if (body === undefined) reply.accept()
    else if (!budget.take(body.bytes.length)) destination.refuse(reply)
    else await destination.treat({ id, path: forwardPath, body, sinceMs: now(), reply })
  }

  function replyTo(chunk: string | null, over: () => void): Reply {
    const actions: (() => void)[] = []
    const end = () => {
      waiting.delete(end)
      over()
      for (const action of actions.splice(0)) action()
    }
    const cut = () => {
      socket.destroy()
      end()
    }
    // Who awaits no acknowledgement cannot miss it: such a client may well have gone.
    if (chunk !== null && !socket.destroyed) waiting.add(end)
    return {
      get gone() {
        return chunk !== null && socket.destroyed
      },
      accept() {
        if (chunk !== null && !socket.destroyed) socket.write(encode({ ack: chunk }))
        end()
      },
      reject: cut,
      cut,
      onOver: (action) => actions.push(action),
    }
  }

  socket.on('data', (bytes: Buffer) => {
    let from = 0
    for (const framed of finder.push(bytes)) {
      if (!take(bytes.subarray(from, framed.end))) return
      from = framed.end
      complete(framed)
    }
    if (finder.broken) socket.destroy()
    else if (from < bytes.length) take(bytes.subarray(from))
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    budget.give(partsBytes)
    partsBytes = 0
    request?.over()
    for (const end of [...waiting]) end()
  })
}

async function bodyOf(message: ForwardMessage, bytes: Buffer): Promise<Body> {
  if (message.compressed === null) return { bytes }
  const unpacked = await unpackEntries(message)
  return unpacked === null
    ? { bytes, contentEncoding: 'undecodable' }
    : { bytes: unpacked, contentEncoding: 'gzip' }
}
