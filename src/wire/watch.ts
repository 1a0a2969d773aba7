import { connect, type Socket } from 'node:net'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Knows whether the aggregator listens, by an idle connection to it: the kernel ends that the moment its process dies. */
export interface Watch {
  readonly listens: boolean
  /** Somebody was refused just now: look again at once. */
  doubt(): void
  close(): void
}

const retryMs = 20
/** A peer that ends the idle connection again and again listens all the same; it is not to be hammered. */
const shortLivedMs = 200

export function watchAggregator(endpoint: Endpoint, onChange: (listens: boolean) => void): Watch {
  let listens = false
  let closed = false
  let probe: Socket | undefined
  let timer: NodeJS.Timeout | undefined

  function say(now: boolean): void {
    if (listens === now) return
    listens = now
    onChange(now)
  }

  function tryAgain(afterMs: number): void {
    if (closed) return
    clearTimeout(timer)
    if (afterMs === 0) dial()
    else timer = setTimeout(dial, afterMs)
  }

  function dial(): void {
    const socket = connect({ ...endpoint, noDelay: true })
    let connectedAtMs: number | undefined
    probe = socket
    socket.on('connect', () => {
      connectedAtMs = performance.now()
      say(true)
    })
    // Whatever it says (a HELO) is not for us.
    socket.resume()
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (closed || probe !== socket) return
      if (connectedAtMs === undefined) {
        say(false)
        tryAgain(retryMs)
      } else {
        tryAgain(performance.now() - connectedAtMs < shortLivedMs ? retryMs : 0)
      }
    })
  }

  dial()
  return {
    get listens() {
      return listens
    },
    doubt() {
      const old = probe
      tryAgain(0)
      old?.destroy()
    },
    close() {
      closed = true
      clearTimeout(timer)
      probe?.destroy()
    },
  }
}
