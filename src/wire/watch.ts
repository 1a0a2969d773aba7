import { connect, type Socket } from 'node:net'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/**
 * Knows whether the aggregator listens, by an idle connection to it: the kernel ends that the moment its process dies.
 * An end of it counts as a no until a new one is there. It is the harmless mistake: a forwarder that is refused keeps
 * what it has, one that is accepted where nobody listens writes into nothing.
 */
export interface Watch {
  readonly listens: boolean
  /** Somebody was refused just now: look again at once. */
  doubt(): void
  close(): void
}

/**
 * How often, and how soon after an end, it is tried again. A dying process can close its listening socket some
 * milliseconds after its connections, so that trying at once would succeed.
 */
const retryMs = 20

export function watchAggregator(
  endpoint: Endpoint,
  silentAfterMs: number | null,
  onChange: (listens: boolean) => void,
): Watch {
  let listens = false
  let closed = false
  let probe: Socket | undefined
  let timer: NodeJS.Timeout | undefined
  let knock: Socket | undefined

  function say(now: boolean): void {
    if (listens === now) return
    listens = now
    onChange(now)
  }

  function dial(): void {
    const socket = connect({ ...endpoint, noDelay: true })
    probe = socket
    // A first packet that nobody answers would be waited for two minutes.
    if (silentAfterMs !== null) socket.setTimeout(silentAfterMs, () => socket.destroy())
    socket.on('connect', () => {
      socket.setTimeout(0)
      if (probe === socket) say(true)
    })
    // Whatever it says (a HELO) is not for us.
    socket.resume()
    for (const end of ['error', 'end', 'close']) {
      socket.on(end, () => {
        if (probe === socket) lose(socket)
      })
    }
  }

  /** A silent end is only seen by asking: a new connection, and none within the time is a no. */
  function ask(timeout: number): void {
    if (probe === undefined || !listens || knock !== undefined) return
    const asked = probe
    const socket = connect({ ...endpoint, timeout })
    knock = socket
    const answered = () => socket.destroy()
    socket.on('connect', answered)
    // A refusal ends the idle connection too, or a new one was made meanwhile.
    socket.on('error', answered)
    socket.on('timeout', () => {
      socket.destroy()
      if (probe === asked) lose(asked)
    })
    socket.on('close', () => (knock = undefined))
  }
  const asking = silentAfterMs === null ? undefined : setInterval(ask, silentAfterMs / 2, silentAfterMs)

  function lose(socket: Socket): void {
    probe = undefined
    socket.destroy()
    if (closed) return
    say(false)
    timer = setTimeout(dial, retryMs)
  }

  dial()
  return {
    get listens() {
      return listens
    },
    doubt() {
      if (probe !== undefined && listens) lose(probe)
    },
    close() {
      closed = true
      clearTimeout(timer)
      clearInterval(asking)
      knock?.destroy()
      probe?.destroy()
    },
  }
}
