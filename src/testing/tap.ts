import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { encode } from '@msgpack/msgpack'
import { listen } from '../collector/listen.js'
import { freeEndpoints, loopbackAddress } from '../testbed/local/addresses.js'
import { type Endpoint } from '../testbed/endpoints.js'
import { type WireEntry, wireEntrySchema } from '../wire/ledger.js'
import { startTap, type Tap } from '../wire/start.js'
import { numberedLines, readNdjson, temporaryDirectory, testRun } from './ends.js'

export interface TestTap extends Tap {
  /** Where the forwarder of node-1 connects, and where the aggregator is to listen. */
  readonly near: Endpoint
  readonly far: Endpoint
  readonly directory: string
  entries(): Promise<WireEntry[]>
  /** Those of one type. */
  told<T extends WireEntry['type']>(type: T): Promise<Extract<WireEntry, { type: T }>[]>
}

/** A real tap for one node that writes to a temporary directory; nobody listens at its far end yet. */
export async function startTestTap(): Promise<TestTap> {
  const temporary = await temporaryDirectory()
  const host = loopbackAddress()
  const [near, far] = await freeEndpoints(host, 2)
  if (!near || !far) throw new Error('no free ports')
  const directory = temporary.path
  const wire = join(directory, 'wire')
  await mkdir(wire)
  const tap = await startTap({
    run: testRun,
    directory: wire,
    host,
    ports: { 'node-1': near.port },
    aggregator: far,
  })
  const entries = async () =>
    (await readNdjson(join(wire, 'wire.ndjson'))).map((entry) => wireEntrySchema.parse(entry))
  return {
    ...tap,
    near,
    far,
    directory,
    entries,
    told: async (type) =>
      (await entries()).filter(
        (entry): entry is Extract<WireEntry, { type: typeof type }> => entry.type === type,
      ),
    async [Symbol.asyncDispose]() {
      await tap.stop()
      await temporary[Symbol.asyncDispose]()
    },
  }
}

/** A peer at the far end of a tap that does what a test tells it. */
export interface Peer extends AsyncDisposable {
  /** Data connections; the tap's own idle one is not among them until it sends something. */
  readonly connections: readonly PeerConnection[]
  /** What came over the n-th connection that brought anything, from 0. */
  received(n?: number): Buffer
  /** Ends what the tap knows it by, as if it had gone without a word to anybody else. */
  vanish(): void
  /** Closes the port and resets everything, as the kernel does when a process dies. */
  die(): void
}

export interface PeerConnection {
  readonly socket: Socket
  readonly chunks: Buffer[]
  ended: boolean
  failed: boolean
}

export async function startPeer(
  { host, port }: Endpoint,
  options: { readonly reads?: boolean } = {},
): Promise<Peer> {
  const { reads = true } = options
  const all: PeerConnection[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection: PeerConnection = { socket, chunks: [], ended: false, failed: false }
    all.push(connection)
    socket.on('error', () => (connection.failed = true))
    socket.on('end', () => (connection.ended = true))
    if (reads) socket.on('data', (bytes: Buffer) => connection.chunks.push(bytes))
    else socket.pause()
  })
  await listen(server, host, port)
  const busy = () => all.filter(({ chunks, ended, failed }) => chunks.length > 0 || ended || failed)
  const die = () => {
    server.close()
    for (const { socket } of all) socket.resetAndDestroy()
  }
  return {
    get connections() {
      return busy()
    },
    received: (n = 0) => Buffer.concat(busy()[n]?.chunks ?? []),
    vanish() {
      for (const { socket } of all.filter((connection) => !busy().includes(connection))) socket.destroy()
    },
    die,
    [Symbol.asyncDispose]: () => {
      die()
      return Promise.resolve()
    },
  }
}

export interface TestClient {
  readonly socket: Socket
  received(): Buffer
  /** Resolves to how it ended. */
  readonly over: Promise<'FIN' | 'RST'>
}

export async function dial({ host, port }: Endpoint): Promise<TestClient> {
  const socket = connect({ host, port, allowHalfOpen: true })
  const chunks: Buffer[] = []
  socket.on('data', (bytes: Buffer) => chunks.push(bytes))
  const over = new Promise<'FIN' | 'RST'>((resolve) => {
    socket.on('end', () => {
      resolve('FIN')
    })
    socket.on('error', () => {
      resolve('RST')
    })
  })
  await once(socket, 'connect')
  return { socket, received: () => Buffer.concat(chunks), over }
}

/** A chunk of numbered lines, as out_forward sends it. */
export function chunkOf(first: number, last: number, chunk?: string): Buffer {
  const lines = numberedLines('s00', first, last, { emittedAtMs: 1_700_000_000_000 })
    .toString()
    .trim()
    .split('\n')
  const entries = Buffer.concat(lines.map((log) => encode([1_700_000_000, { log }])))
  return Buffer.from(
    encode(['app.log', entries, { size: lines.length, ...(chunk !== undefined && { chunk }) }]),
  )
}
