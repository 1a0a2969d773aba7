import { createBoundaryFinder, type Framed } from '../forward/boundaries.js'
import { chunkName, type ForwardMessage, readMessage, unpackEntries } from '../forward/message.js'
import { type WireBehaviour } from './behaviour.js'
import { type WireEntry } from './ledger.js'
import { type createLineReader, type Lines } from './lines.js'
import { type Waiting } from './pump.js'

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
/** An entry of the ledger, but for the connection that it is about. */
export type ConnectionEntry = Without<Extract<WireEntry, { connection: number }>, 'node' | 'connection'>

/** What goes from a forwarder to the aggregator on one connection, told as messages and lines. */
export interface Crossing {
  /** These bytes are with the aggregator's kernel. */
  handed(bytes: Buffer, atMs: number): void
  /** Nothing more goes, and these were taken and not handed on: tells what became of the messages they belong to. */
  broken(waiting: readonly Waiting[], atMs: number): void
  /** Does this when everything before it has been told. */
  afterwards(action: () => void): void
}

export interface CrossingOptions {
  readonly read: ReturnType<typeof createLineReader>
  readonly tell: (entry: ConnectionEntry) => void
  readonly behaviour: () => WireBehaviour
}

export function createCrossing({ read, tell, behaviour }: CrossingOptions): Crossing {
  const finder = createBoundaryFinder()
  /** The message under way; where it is no such protocol, everything since. */
  let open: Buffer[] = []
  let told = Promise.resolve()

  function afterwards(action: () => void | Promise<void>): void {
    told = told.then(action)
  }

  /** Cuts bytes into the messages that they complete. */
  function complete(bytes: Buffer, use: (message: Buffer, framed: Framed) => void): void {
    let from = 0
    for (const framed of finder.push(bytes)) {
      const end = bytes.subarray(from, framed.end)
      use(open.length === 0 ? end : Buffer.concat([...open, end]), framed)
      open = []
      from = framed.end
    }
    if (from < bytes.length) open.push(bytes.subarray(from))
  }

  async function linesOf(bytes: Buffer, message: ForwardMessage): Promise<Lines> {
    if (message.compressed === null) return read([bytes])
    const entries = await unpackEntries(message)
    return entries === null ? { runs: [], unreadable: true } : read([entries])
  }

  function describe(bytes: Buffer, { mode, tag, chunk, compressed }: ForwardMessage) {
    return { mode, tag, chunk: chunk === null ? null : chunkName(chunk), bytes: bytes.length, compressed }
  }

  function cutOff(pieces: readonly Buffer[], handedBytes: number, atMs: number): void {
    const bytes = Buffer.concat(pieces)
    const crossed = read([bytes.subarray(0, handedBytes)]).runs
    const unreadable = beginsCompressed(bytes) ? ({ unreadable: true } as const) : {}
    tell({
      type: 'cut-off',
      atMs,
      takenBytes: bytes.length,
      handedBytes,
      crossed,
      ...read([bytes]),
      ...unreadable,
    })
  }

  return {
    handed(bytes, atMs) {
      complete(bytes, (message, framed) => {
        afterwards(async () => {
          const content = readMessage(message, framed)
          const lines = await linesOf(message, content)
          tell({ type: 'message', atMs, ...describe(message, content), ...lines })
        })
      })
    },
    broken(waiting, atMs) {
      let handedBytes = sizeOf(open)
      if (finder.broken) {
        const unframed = [...open]
        if (handedBytes > 0) {
          afterwards(() => {
            tell({ type: 'unframed', atMs, bytes: sizeOf(unframed), ...read(unframed) })
          })
        }
        open = []
        return
      }
      const now = behaviour()
      for (const { bytes, takenAtMs } of waiting) {
        complete(bytes, (message, framed) => {
          const handed = handedBytes
          handedBytes = 0
          afterwards(async () => {
            const content = readMessage(message, framed)
            const lines = await linesOf(message, content)
            tell({
              type: 'swallowed',
              atMs,
              ...describe(message, content),
              handedBytes: handed,
              waitedMs: atMs - takenAtMs,
              behaviour: now,
              ...lines,
            })
          })
        })
      }
      const pieces = open
      const handed = handedBytes
      open = []
      if (pieces.length > 0) {
        afterwards(() => {
          cutOff(pieces, handed, atMs)
        })
      }
    },
    afterwards,
  }
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((bytes, piece) => bytes + piece.length, 0)
}

const gzipMagic = Buffer.from([0x1f, 0x8b, 0x08])

/** Of half a message the options are not known: that its events are gzip shows by how they begin. */
function beginsCompressed(bytes: Buffer): boolean {
  return bytes.subarray(0, 1024).includes(gzipMagic)
}
