import { Refusal } from '../program/control-server.js'
import type {
  CommandRequest,
  EmitterCommand,
  Ended,
  Registered,
  Reserve,
  Sent,
  SentEntry,
} from './protocol.js'

/** What is known of one emitter. Numbers are inclusive: `sentUpTo` 7 says that 7 was sent. */
export interface Emitter {
  readonly incarnation: number
  readonly registered: boolean
  readonly ended: boolean
  readonly reserved: number
  readonly sentUpTo: number
  /** Lines sent; less than `sentUpTo` where a crash left numbers indeterminate. */
  readonly sent: number
  readonly command: EmitterCommand | undefined
  readonly idle: boolean
}

/** The emitter that asks has been followed by another one of the same stream. */
export class StaleIncarnation extends Refusal {
  override readonly name = 'StaleIncarnation'
  constructor(message: string) {
    super(409, message)
  }
}

export interface Emitters {
  register(stream: string): Promise<Registered>
  reserve(stream: string, reserve: Reserve): Promise<void>
  sent(stream: string, sent: Sent): Promise<void>
  ended(stream: string, ended: Ended): Promise<void>
  /** Replaces the stream's command; its emitter hears of it at once. */
  command(stream: string, command: CommandRequest): EmitterCommand
  /** The stream's command once it is newer than `after`; undefined where that takes longer than `waitMs`. */
  nextCommand(stream: string, after: number, waitMs: number): Promise<EmitterCommand | undefined>
  get(stream: string): Emitter | undefined
  all(): IterableIterator<[string, Emitter]>
}

interface State {
  incarnation: number
  /** The first number of this incarnation. */
  firstSeq: number
  /** Lines that earlier incarnations sent. */
  sentBefore: number
  sentUpTo: number
  reserved: number
  done: number
  registered: boolean
  ended: boolean
  command: EmitterCommand | undefined
  readonly wake: Set<() => void>
}

/** Keeps what emitters say. `write` puts an entry into the sent ledger and resolves when it is there. */
export function createEmitters(write: (entry: SentEntry) => Promise<void>, now: () => number): Emitters {
  const states = new Map<string, State>()

  function stateOf(stream: string): State {
    let state = states.get(stream)
    if (!state) {
      state = {
        incarnation: 0,
        firstSeq: 1,
        sentBefore: 0,
        sentUpTo: 0,
        reserved: 0,
        done: 0,
        registered: false,
        ended: false,
        command: undefined,
        wake: new Set(),
      }
      states.set(stream, state)
    }
    return state
  }

  function current(stream: string, incarnation: number): State {
    const state = stateOf(stream)
    if (incarnation !== state.incarnation) {
      throw new StaleIncarnation(
        `incarnation ${incarnation} of stream ${stream} spoke, but ${state.incarnation} has the stream now`,
      )
    }
    return state
  }

  /** An incarnation that has sent nothing yet reports the number before its first, which says nothing about it. */
  async function advance(stream: string, state: State, upTo: number, atMs: number): Promise<void> {
    if (upTo <= state.sentUpTo || upTo < state.firstSeq) return
    state.sentUpTo = upTo
    await write({ type: 'sent', atMs, stream, upTo })
  }

  const sentBy = (state: State) => state.sentBefore + Math.max(0, state.sentUpTo - (state.firstSeq - 1))

  function view(state: State): Emitter {
    return {
      incarnation: state.incarnation,
      registered: state.registered,
      ended: state.ended,
      reserved: state.reserved,
      sentUpTo: state.sentUpTo,
      sent: sentBy(state),
      command: state.command,
      idle: state.registered && (state.command === undefined || state.done >= state.command.id),
    }
  }

  return {
    async register(stream) {
      const state = stateOf(stream)
      state.sentBefore = sentBy(state)
      state.incarnation += 1
      state.firstSeq = state.reserved + 1
      state.done = 0
      state.registered = true
      state.ended = false
      const registered = { nextSeq: state.firstSeq, incarnation: state.incarnation }
      await write({ type: 'registered', atMs: now(), stream, ...registered })
      return registered
    },
    async reserve(stream, { upTo, incarnation }) {
      const state = current(stream, incarnation)
      state.reserved = Math.max(state.reserved, upTo)
      await write({ type: 'reserved', atMs: now(), stream, upTo })
    },
    async sent(stream, { upTo, atMs, incarnation, blocked = [], done }) {
      const state = current(stream, incarnation)
      for (const one of blocked) await write({ type: 'blocked', atMs, stream, ...one })
      await advance(stream, state, upTo, atMs)
      state.done = Math.max(state.done, done ?? 0)
    },
    async ended(stream, { upTo, atMs, incarnation }) {
      const state = current(stream, incarnation)
      await advance(stream, state, upTo, atMs)
      state.reserved = Math.max(state.firstSeq - 1, state.sentUpTo)
      state.ended = true
      await write({ type: 'ended', atMs, stream })
    },
    command(stream, request) {
      const state = stateOf(stream)
      state.command = { ...request, id: (state.command?.id ?? 0) + 1 }
      for (const wake of state.wake) wake()
      return state.command
    },
    async nextCommand(stream, after, waitMs) {
      const state = stateOf(stream)
      if ((state.command?.id ?? 0) <= after) await wokenWithin(state.wake, waitMs)
      return state.command && state.command.id > after ? state.command : undefined
    },
    get: (stream) => {
      const state = states.get(stream)
      return state && view(state)
    },
    *all() {
      for (const [stream, state] of states) yield [stream, view(state)]
    },
  }
}

async function wokenWithin(wake: Set<() => void>, waitMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      wake.delete(finish)
      resolve()
    }
    // It must not keep the collector from ending.
    const timer = setTimeout(finish, waitMs).unref()
    wake.add(finish)
  })
}
