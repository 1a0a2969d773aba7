import { Socket } from 'node:net'
import { chunkName } from '../forward/message.js'
import { createAcks } from './acks.js'
import { type WireBehaviour } from './behaviour.js'
import { createCrossing, type ConnectionEntry } from './crossing.js'
import { type createLineReader } from './lines.js'
import { createPump, type Waiting } from './pump.js'
import { type Endpoint } from './watch.js'

/** A forwarder's connection, and the one to the aggregator that it is led to. */
export interface Relay {
  /** The behaviour is another one. */
  changed(): void
  /** Resets both ends. */
  reset(why: string): void
  /**
   * Ends it towards the aggregator, as a forwarder would that keeps no connections: the aggregator ends its side when it
   * is done with all that came. Then the forwarder's is reset, so that it does not believe in what it writes there.
   */
  conclude(why: string): void
  readonly waitingBytes: number
  /** It brought something and was ended, and the aggregator, which has to read to that end, has not ended it. */
  readonly unfinished: boolean
}

export interface RelayOptions {
  /** Accepted, and nothing read of it yet. */
  readonly forwarder: Socket
  readonly aggregator: Endpoint
  readonly behaviour: () => WireBehaviour
  readonly read: ReturnType<typeof createLineReader>
  readonly now: () => number
  readonly tell: (entry: ConnectionEntry) => void
  readonly onDelayed: (bytes: number) => void
  readonly onRefused: () => void
  readonly onClosed: () => void
}

type Side = 'forwarder' | 'aggregator' | 'tap'

/** Leads a connection to the aggregator. Nothing is read of it before the aggregator's kernel has accepted. */
export function createRelay(options: RelayOptions): Relay {
  const { forwarder, behaviour, now, tell, onDelayed } = options
  const aggregator = new Socket({ allowHalfOpen: true })
  const crossing = createCrossing(options)
  const acks = createAcks((chunk) => {
    const atMs = now()
    crossing.afterwards(() => {
      tell({ type: 'ack', atMs, chunk: chunkName(chunk), dropped: true })
    })
  })
  let dialled = false
  let connected = false
  let ending: { by: Side; how: 'FIN' | 'RST'; why: string | null } | undefined
  let aggregatorEnded = false
  /** Why it was ended towards the aggregator, though not by the forwarder. */
  let concluded: string | undefined
  /** Taken after it was clear that it cannot be handed on. */
  let late: Waiting[] | undefined
  let over = false
  /** What is still to end: either side, and the last look at what was taken. */
  let open = 2

  const there = createPump({ to: aggregator, behaviour, now, onDelayed, onRoom: readOn })
  const back = createPump({ to: forwarder, behaviour, now, onDelayed, onRoom: readOn })

  function readOn(): void {
    if (over || (concluded !== undefined && late === undefined)) return
    if (late !== undefined) {
      forwarder.resume()
      return
    }
    const { blackhole } = behaviour()
    if (!dialled && !blackhole) dial()
    if (!connected) return
    if (blackhole || there.full) forwarder.pause()
    else if (forwarder.isPaused()) forwarder.resume()
    if (blackhole || back.full) aggregator.pause()
    else if (aggregator.isPaused()) aggregator.resume()
  }

  function endedBy(by: Side, how: 'FIN' | 'RST', why: string | null = null): void {
    ending ??= { by, how, why }
  }

  forwarder.on('data', (bytes: Buffer) => {
    if (late !== undefined) {
      late.push({ bytes, takenAtMs: now() })
      return
    }
    there.take(bytes, (atMs) => {
      crossing.handed(bytes, atMs)
    })
    if (there.full) forwarder.pause()
  })
  forwarder.on('end', () => {
    endedBy('forwarder', 'FIN')
    there.finish(() => aggregator.end())
  })
  forwarder.on('error', () => {
    endedBy('forwarder', 'RST')
    // What it had sent before is the aggregator's to read, as it would be without us in between.
    there.finish(() => aggregator.resetAndDestroy())
  })
  forwarder.on('close', sideClosed)

  aggregator.on('data', (bytes: Buffer) => {
    for (const answer of acks.take(bytes, behaviour().dropAcks)) {
      back.take(answer.bytes, (atMs) => {
        for (const chunk of answer.acks) {
          crossing.afterwards(() => {
            tell({ type: 'ack', atMs, chunk: chunkName(chunk), dropped: false })
          })
        }
      })
    }
    if (back.full) aggregator.pause()
  })
  aggregator.on('end', () => {
    aggregatorEnded = true
    if (concluded !== undefined) {
      giveUp('tap', concluded)
      return
    }
    endedBy('aggregator', 'FIN')
    back.finish(() => forwarder.end())
  })
  aggregator.on('error', () => {
    if (connected) giveUp('aggregator', null)
    else {
      options.onRefused()
      giveUp('tap', 'the aggregator does not listen')
    }
  })
  aggregator.on('close', () => {
    if (dialled) sideClosed()
  })
  aggregator.on('connect', () => {
    connected = true
    readOn()
  })

  function dial(): void {
    dialled = true
    aggregator.connect({ ...options.aggregator, noDelay: true })
  }

  /**
   * What was taken can no longer be handed on. What the forwarder had sent until now is read before it is told by a
   * reset: if it has finished and gone, nobody else will ever write those bytes down. One turn of the event loop, no
   * more, or a forwarder that is still writing could finish and believe in what it wrote.
   */
  function giveUp(by: Side, why: string | null): void {
    if (late !== undefined) return
    endedBy(by, 'RST', why)
    late = []
    open += 1
    const waiting = there.abandon()
    back.abandon()
    aggregator.destroy()
    forwarder.resume()
    setImmediate(() =>
      setImmediate(() => {
        crossing.broken([...waiting, ...(late ?? [])], now())
        forwarder.resetAndDestroy()
        if (!dialled) sideClosed()
        sideClosed()
      }),
    )
  }

  function sideClosed(): void {
    open -= 1
    if (open > 0) return
    over = true
    const atMs = now()
    if (late === undefined) crossing.broken(there.abandon(), atMs)
    back.abandon()
    const { by, how, why } = ending ?? { by: 'tap' as const, how: 'FIN' as const, why: 'it ends' }
    crossing.afterwards(() => {
      tell({
        type: 'closed',
        atMs,
        by,
        how,
        why,
        toAggregatorBytes: aggregator.bytesWritten,
        toForwarderBytes: forwarder.bytesWritten,
      })
      options.onClosed()
    })
  }

  tell({ type: 'opened', atMs: now() })
  readOn()
  return {
    changed() {
      there.changed()
      back.changed()
      readOn()
    },
    reset(why) {
      if (dialled) aggregator.resetAndDestroy()
      giveUp('tap', why)
    },
    conclude(why) {
      if (concluded !== undefined || !connected || late !== undefined || forwarder.readableEnded) return
      concluded = why
      endedBy('tap', 'FIN', why)
      forwarder.pause()
      there.finish(() => aggregator.end())
    },
    get waitingBytes() {
      return there.waitingBytes + back.waitingBytes
    },
    get unfinished() {
      const ended = forwarder.readableEnded || concluded !== undefined
      return ended && aggregator.bytesWritten > 0 && !aggregatorEnded
    },
  }
}
