import { join } from 'node:path'
import { createAppender } from '../collector/appender.js'
import { listen } from '../collector/listen.js'
import { messageOf } from '../errors.js'
import { type WireConfig } from './config.js'
import { controlServer } from './control-port.js'
import { createLineReader } from './lines.js'
import { type WireEntry } from './ledger.js'
import { createNodeWire } from './node-wire.js'
import { type WireState } from './protocol.js'
import { watchAggregator } from './watch.js'

/** A tap that stands. Disposing of it resets what goes through it and closes the ledger. */
export interface OpenTap extends AsyncDisposable {
  readonly controlPort: number
}

export async function openTap(config: WireConfig): Promise<OpenTap> {
  const { directory, host, aggregator, run } = config
  const now = Date.now
  const ledger = await createAppender(join(directory, 'wire.ndjson'))
  let failure: string | null = null
  /** Entries are written in their order, so that with the last one all are in the ledger. */
  let written: Promise<void> = Promise.resolve()
  let connections = 0

  const read = createLineReader(run)
  const wires = new Map(
    Object.entries(config.ports).map(([node, port]) => {
      const wire = createNodeWire({
        node,
        host,
        port,
        aggregator,
        read,
        now,
        write,
        nextConnection: () => (connections += 1),
        onRefused: () => {
          watch.doubt()
        },
        onTrouble: (message) => (failure ??= message),
      })
      return [node, wire]
    }),
  )
  const watch = watchAggregator(aggregator, config.silentAfterMs, (listens) => {
    for (const wire of wires.values()) wire.aggregatorListens(listens)
  })

  function write(entry: WireEntry): void {
    written = ledger.append(Buffer.from(`${JSON.stringify(entry)}\n`)).catch((error: unknown) => {
      failure ??= messageOf(error)
    })
  }

  /** Whoever is answered finds in the ledger what the answer is about. */
  async function onceWritten<T>(answer: T): Promise<T> {
    await written
    return answer
  }

  const state = (): WireState => ({
    atMs: now(),
    aggregatorListens: watch.listens,
    nodes: Object.fromEntries([...wires].map(([node, wire]) => [node, wire.state()])),
    failure,
  })

  async function close(): Promise<void> {
    watch.close()
    for (const wire of wires.values()) wire.close()
    // Resetting reads what had come until then; it takes two turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 20))
    await ledger.close()
  }

  const control = controlServer({
    state: () => onceWritten(state()),
    nodes: () => [...wires.keys()],
    async behave({ node, change }) {
      const meant = [...wires].filter(([name]) => node === null || name === node)
      await Promise.all(meant.map(([, wire]) => wire.behave(change)))
      await written
    },
    async endpoint({ ready }) {
      await Promise.all([...wires.values()].map((wire) => wire.endpoint(ready)))
      await written
    },
    conclude: () => ({
      connections: [...wires.values()].reduce((connections, wire) => connections + wire.conclude(), 0),
    }),
    finish: () => ledger.sync(),
  })
  try {
    const controlPort = await listen(control, host, config.controlPort)
    return {
      controlPort,
      async [Symbol.asyncDispose]() {
        control.close()
        control.closeAllConnections()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
