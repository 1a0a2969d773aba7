import { type Body, type MemoryBudget } from './body.js'
import { type Intake } from './intake.js'
import { type Behaviour, type CollectorState, type ReleaseResult } from './protocol.js'

/** Something that a client delivered, read whole, and how it is answered. */
export interface Exchange {
  readonly id: number
  readonly path: string
  readonly body: Body
  readonly sinceMs: number
  readonly reply: Reply
}

/** How a client is answered, over whatever protocol. */
export interface Reply {
  /** The client waits for an answer that can no longer reach it. */
  readonly gone: boolean
  accept(): void
  /** Not now. */
  reject(): void
  /** Ends the connection without an answer. */
  cut(): void
  /** Calls this once when the client is gone, or its answer is under way. */
  onOver(action: () => void): void
}

export type Traffic = Pick<
  CollectorState,
  'behaviour' | 'requests' | 'rejected' | 'unanswered' | 'inFlight' | 'held'
>

/** What becomes of that which is delivered, whatever port it came in by. */
export interface Destination {
  readonly behaviour: Behaviour
  readonly budget: MemoryBudget
  /** A request begins; call what is returned when it is over, answered or not. */
  began(): { readonly id: number; readonly over: () => void }
  /** Stores, answers, holds or drops it, as the destination behaves. */
  treat(exchange: Exchange): Promise<void>
  /** Nothing of it is stored. */
  refuse(reply: Reply): void
  behave(behaviour: Behaviour): void
  /** Stores what is held in the order of its arrival, and answers it. */
  release(): Promise<ReleaseResult>
  traffic(): Traffic
}

export function createDestination(intake: Intake, budget: MemoryBudget): Destination {
  const held = new Map<number, { readonly exchange: Exchange; readonly lines: number }>()
  const hung = new Set<Reply>()
  let behaviour: Behaviour = { mode: 'normal' }
  let requests = 0
  let rejected = 0
  let unanswered = 0
  let inFlight = 0

  function refuse(reply: Reply): void {
    rejected += 1
    reply.reject()
  }

  /** Stores it; false where nobody is to be answered any more, or that failed, which has been answered then. */
  async function store({ id, path, body, reply }: Exchange): Promise<boolean> {
    try {
      await intake.store({ request: id, path, body, clientGone: reply.gone })
    } catch {
      refuse(reply)
      return false
    } finally {
      budget.give(body.bytes.length)
    }
    if (reply.gone) unanswered += 1
    return !reply.gone
  }

  async function storeAndAccept(exchange: Exchange): Promise<void> {
    if (await store(exchange)) exchange.reply.accept()
  }

  async function treat(exchange: Exchange): Promise<void> {
    const { reply, body } = exchange
    switch (behaviour.mode) {
      case 'normal':
        return storeAndAccept(exchange)
      case 'slow': {
        const { delayMs } = behaviour
        if (!(await store(exchange))) return
        let answered = false
        const timer = setTimeout(() => {
          answered = true
          reply.accept()
        }, delayMs)
        reply.onOver(() => {
          clearTimeout(timer)
          if (!answered) unanswered += 1
        })
        return
      }
      case 'store-then-drop':
        if (!(await store(exchange))) return
        unanswered += 1
        reply.cut()
        return
      case 'hold':
        held.set(exchange.id, { exchange, lines: intake.count(body.bytes) })
        return
      case 'refuse':
      case 'unavailable':
      case 'hang':
        break
    }
    budget.give(body.bytes.length)
    if (behaviour.mode === 'unavailable') return refuse(reply)
    rejected += 1
    if (behaviour.mode !== 'hang') return reply.cut()
    hung.add(reply)
    reply.onOver(() => hung.delete(reply))
  }

  return {
    get behaviour() {
      return behaviour
    },
    budget,
    began() {
      requests += 1
      inFlight += 1
      let counted = true
      return {
        id: requests,
        over() {
          if (counted) inFlight -= 1
          counted = false
        },
      }
    },
    treat,
    refuse,
    behave(next) {
      const leavesHang = behaviour.mode === 'hang' && next.mode !== 'hang'
      behaviour = next
      if (leavesHang) for (const reply of hung) reply.cut()
    },
    async release() {
      const released = [...held.values()]
      held.clear()
      await Promise.all(released.map(({ exchange }) => storeAndAccept(exchange)))
      return { released: released.length, lines: released.reduce((sum, { lines }) => sum + lines, 0) }
    },
    traffic: () => ({
      behaviour,
      requests,
      rejected,
      unanswered,
      inFlight,
      held: [...held.values()].map(({ exchange: { id, path, sinceMs, body, reply }, lines }) => ({
        id,
        path,
        sinceMs,
        bytes: body.bytes.length,
        lines,
        connected: !reply.gone,
      })),
    }),
  }
}
