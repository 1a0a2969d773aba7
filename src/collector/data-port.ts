import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Body, createMemoryBudget, readBody } from './body.js'
import { trackConnections } from './connections.js'
import type { Intake } from './intake.js'
import { listen, listenAgain, listenBelowEphemeral } from './listen.js'
import type { Behaviour, CollectorState, ReleaseResult } from './protocol.js'

export interface DataPortOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly memoryLimitBytes: number
  readonly intake: Intake
  readonly now: () => number
}

type Traffic = Pick<
  CollectorState,
  'behaviour' | 'requests' | 'rejected' | 'unanswered' | 'inFlight' | 'held'
>

/** Where the pipeline delivers. */
export interface DataPort {
  readonly port: number
  /** Resolves when it behaves so: for `refuse`, when the port is closed; afterwards, when it is open again. */
  behave(behaviour: Behaviour): Promise<void>
  /** Stores what is held in the order of its arrival, answers it, and behaves normally from then on. */
  release(): Promise<ReleaseResult>
  traffic(): Traffic
  close(): Promise<void>
}

/** A request whose body has been read. */
interface Exchange {
  readonly id: number
  readonly path: string
  readonly body: Body
  readonly sinceMs: number
  readonly response: ServerResponse
}

export async function openDataPort(options: DataPortOptions): Promise<DataPort> {
  const { host, intake, now } = options
  const budget = createMemoryBudget(options.memoryLimitBytes)
  const connections = trackConnections()
  const held = new Map<number, { readonly exchange: Exchange; readonly lines: number }>()
  const hung = new Set<ServerResponse>()
  let behaviour: Behaviour = { mode: 'normal' }
  let changing = Promise.resolve()
  let requests = 0
  let rejected = 0
  let unanswered = 0
  let inFlight = 0

  const answers = {
    status(response: ServerResponse, status: number) {
      if (behaviour.mode === 'refuse') response.setHeader('connection', 'close')
      response.writeHead(status, { 'content-length': 0 }).end()
    },
    reject(response: ServerResponse) {
      rejected += 1
      answers.status(response, 503)
    },
  }

  /** Stores it; false where that failed, which has been answered then. */
  async function store({ id, path, body, response }: Exchange): Promise<boolean> {
    const clientGone = response.destroyed
    try {
      await intake.store({ request: id, path, body, clientGone })
    } catch {
      answers.reject(response)
      return false
    } finally {
      budget.give(body.bytes.length)
    }
    if (response.destroyed) unanswered += 1
    return !response.destroyed
  }

  async function storeAndAnswer(exchange: Exchange): Promise<void> {
    if (await store(exchange)) answers.status(exchange.response, 200)
  }

  async function treat(exchange: Exchange): Promise<void> {
    const { response, body } = exchange
    switch (behaviour.mode) {
      case 'normal':
        return storeAndAnswer(exchange)
      case 'slow': {
        const { delayMs } = behaviour
        if (!(await store(exchange))) return
        const timer = setTimeout(() => answers.status(response, 200), delayMs)
        response.once('close', () => {
          clearTimeout(timer)
          if (!response.writableEnded) unanswered += 1
        })
        return
      }
      case 'store-then-drop':
        if (!(await store(exchange))) return
        unanswered += 1
        response.destroy()
        return
      case 'hold':
        held.set(exchange.id, { exchange, lines: intake.count(body.bytes) })
        return
    }
    budget.give(body.bytes.length)
    if (behaviour.mode === 'unavailable') return answers.reject(response)
    rejected += 1
    if (behaviour.mode === 'hang') hung.add(response)
    else response.destroy()
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = (requests += 1)
    inFlight += 1
    const over = connections.began(request.socket)
    response.once('close', () => {
      inFlight -= 1
      hung.delete(response)
      over()
      // Its answer was under way when the port closed: the connection must not outlive that.
      if (behaviour.mode === 'refuse') request.socket.destroy()
    })
    const body = await readBody(request, budget)
    if (body === 'gone') return
    if (body === 'too-much') return answers.reject(response)
    await treat({ id, path: request.url ?? '/', body, sinceMs: now(), response })
  }

  function createDataServer(): Server {
    // No time-out is ours: how long a client waits, or pauses, is what is being tested.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    server.on('connection', (socket) => connections.opened(socket))
    server.on('request', (request, response) => {
      serve(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined)
      })
    })
    return server
  }

  async function open(): Promise<{ server: Server; port: number }> {
    if (options.port === 0) return listenBelowEphemeral(createDataServer, host)
    const server = createDataServer()
    return { server, port: await listen(server, host, options.port) }
  }

  const opened = await open()
  const { port } = opened
  let server: Server | undefined = opened.server

  async function change(next: Behaviour): Promise<void> {
    const leavesHang = behaviour.mode === 'hang' && next.mode !== 'hang'
    // First the port: where another has it by now, nothing has changed.
    if (next.mode !== 'refuse') server ??= await listenAgain(createDataServer, host, port)
    behaviour = next
    if (leavesHang) for (const response of hung) response.destroy()
    if (next.mode === 'refuse') {
      server?.close()
      server = undefined
      connections.cutIdle()
    }
  }

  /** One change after the other: opening the port again takes its time. */
  function behave(next: Behaviour): Promise<void> {
    const changed = changing.then(() => change(next))
    changing = changed.catch(() => undefined)
    return changed
  }

  return {
    port,
    behave,
    async release() {
      await behave({ mode: 'normal' })
      const released = [...held.values()]
      held.clear()
      await Promise.all(released.map(({ exchange }) => storeAndAnswer(exchange)))
      return { released: released.length, lines: released.reduce((sum, { lines }) => sum + lines, 0) }
    },
    traffic: () => ({
      behaviour,
      requests,
      rejected,
      unanswered,
      inFlight,
      held: [...held.values()].map(({ exchange: { id, path, sinceMs, body, response }, lines }) => ({
        id,
        path,
        sinceMs,
        bytes: body.bytes.length,
        lines,
        connected: !response.destroyed,
      })),
    }),
    async close() {
      await changing
      server?.close()
      connections.cutAll()
    },
  }
}
