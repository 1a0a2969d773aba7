import { describeWire, normalWire, wireBehaviourSchema } from './behaviour.js'
import { type ConnectionEntry } from './crossing.js'
import { createGate } from './gate.js'
import { createHeartbeats } from './heartbeats.js'
import { type WireEntry } from './ledger.js'
import { countLines, type createLineReader } from './lines.js'
import { type WireChange, type WireNode } from './protocol.js'
import { createRelay, type Relay } from './relay.js'
import { type Endpoint } from './watch.js'

/** The wire between the forwarder of one node and the aggregator. */
export interface NodeWire {
  state(): WireNode
  /** Resolves when it behaves so: the port is open or closed, connections are reset. */
  behave(change: WireChange['change']): Promise<void>
  aggregatorListens(listens: boolean): void
  /** Whether new connections have an aggregator to go to. Resolves when the port is open or closed accordingly. */
  endpoint(ready: boolean): Promise<void>
  /** Ends the connections that brought something and are kept open, towards the aggregator; says how many. */
  conclude(): number
  close(): void
}

export interface NodeWireOptions {
  readonly node: string
  readonly host: string
  readonly port: number
  readonly aggregator: Endpoint
  readonly read: ReturnType<typeof createLineReader>
  readonly now: () => number
  readonly write: (entry: WireEntry) => void
  readonly nextConnection: () => number
  /** The aggregator refused a connection. */
  readonly onRefused: () => void
  readonly onTrouble: (message: string) => void
}

type Counts = Omit<
  WireNode,
  'behaviour' | 'listening' | 'connections' | 'unconfirmed' | 'unfinished' | 'stuck' | 'waitingBytes'
>

export function createNodeWire(options: NodeWireOptions): NodeWire {
  const { node, host, port, aggregator, now, write } = options
  const relays = new Set<Relay>()
  /** Those that led to an aggregator which went, if only without a word: it will not finish them. */
  const orphaned = new WeakSet<Relay>()
  let behaviour = normalWire
  let aggregatorListens = false
  let endpointReady = true
  const counts = {
    opened: 0,
    resetByFault: 0,
    stuckInAll: 0,
    messages: 0,
    lines: 0,
    delayedBytes: 0,
    acks: 0,
    acksDropped: 0,
    cutOff: 0,
    swallowed: 0,
    swallowedLines: 0,
  } satisfies Counts

  const unconfirmedOf = new WeakMap<Relay, Unconfirmed>()

  const heartbeats = createHeartbeats({ host, port, aggregator, behaviour: () => behaviour })
  const gate = createGate({
    host,
    port,
    onConnection(forwarder) {
      const connection = options.nextConnection()
      counts.opened += 1
      if (behaviour.blackhole) counts.stuckInAll += 1
      const unconfirmed: Unconfirmed = new Set()
      const relay = createRelay({
        ...options,
        forwarder,
        behaviour: () => behaviour,
        tell: (entry) => {
          count(counts, entry)
          confirm(unconfirmed, entry)
          write({ ...entry, node, connection })
        },
        onDelayed: (bytes) => (counts.delayedBytes += bytes),
        onClosed: () => relays.delete(relay),
      })
      relays.add(relay)
      unconfirmedOf.set(relay, unconfirmed)
    },
    onChange(listening, why) {
      heartbeats.listen(listening)
      write({ type: 'gate', atMs: now(), node, listening, why })
    },
    onTrouble: options.onTrouble,
  })

  /** A forwarder must not be able to connect where without us it could not: what it wrote would be lost by us. */
  function tendGate(): void {
    const open = !behaviour.cut && (behaviour.blackhole || (aggregatorListens && endpointReady))
    const listens = aggregatorListens ? 'the aggregator listens' : 'the aggregator does not listen'
    const aggregatorSays = endpointReady ? listens : `${listens}, and is no endpoint of its Service`
    const described = describeWire(behaviour)
    gate.want(open, described === 'normal' ? aggregatorSays : `${described}; ${aggregatorSays}`)
  }

  function unconfirmed(): Relay[] {
    return [...relays].filter(
      (relay) => !relay.unfinished && !orphaned.has(relay) && (unconfirmedOf.get(relay)?.size ?? 0) > 0,
    )
  }

  return {
    state: () => ({
      ...counts,
      behaviour,
      listening: gate.listening,
      connections: relays.size,
      unconfirmed: unconfirmed().length,
      unfinished: [...relays].filter((relay) => relay.unfinished && !orphaned.has(relay)).length,
      stuck: behaviour.blackhole ? relays.size : 0,
      waitingBytes: [...relays].reduce((bytes, relay) => bytes + relay.waitingBytes, 0),
    }),
    async behave(change) {
      const before = behaviour
      behaviour = wireBehaviourSchema.parse({ ...behaviour, ...change })
      write({ type: 'behaviour', atMs: now(), node, behaviour })
      tendGate()
      if (behaviour.blackhole && !before.blackhole) counts.stuckInAll += relays.size
      if (behaviour.cut && !before.cut) {
        counts.resetByFault += relays.size
        for (const relay of relays) relay.reset('cut')
      } else {
        for (const relay of relays) relay.changed()
      }
      await gate.settled()
    },
    aggregatorListens(listens) {
      aggregatorListens = listens
      if (!listens) for (const relay of relays) orphaned.add(relay)
      tendGate()
    },
    async endpoint(ready) {
      endpointReady = ready
      tendGate()
      await gate.settled()
    },
    conclude() {
      if (behaviour.blackhole) return 0
      const open = unconfirmed()
      for (const relay of open) relay.conclude('it is kept open, and what it brought may not be done with')
      return open.length
    },
    close() {
      gate.close()
      heartbeats.close()
      for (const relay of relays) relay.reset('the tap ends')
    },
  }
}

/** What was brought and not acknowledged, by ids of chunks; null: chunks for which no acknowledgement is awaited. */
type Unconfirmed = Set<string | null>

/** An aggregator acknowledges what is in its buffer. */
function confirm(unconfirmed: Unconfirmed, entry: ConnectionEntry): void {
  if (entry.type === 'message') unconfirmed.add(entry.chunk)
  else if (entry.type === 'unframed') unconfirmed.add(null)
  else if (entry.type === 'ack') unconfirmed.delete(entry.chunk)
}

function count(counts: { -readonly [K in keyof Counts]: number }, entry: ConnectionEntry): void {
  switch (entry.type) {
    case 'message':
      counts.messages += 1
      counts.lines += countLines(entry)
      break
    case 'ack':
      if (entry.dropped) counts.acksDropped += 1
      else counts.acks += 1
      break
    case 'cut-off':
      counts.cutOff += 1
      break
    case 'swallowed':
      counts.swallowed += 1
      if (entry.chunk === null) counts.swallowedLines += countLines(entry)
      break
    default:
      break
  }
}
