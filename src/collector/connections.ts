import type { Socket } from 'node:net'

/** The connections of a server, and which of them have a request under way. */
export interface Connections {
  opened(socket: Socket): void
  /** A request began on it; call what is returned when it is over. */
  began(socket: Socket): () => void
  cutIdle(): void
  cutAll(): void
}

export function trackConnections(): Connections {
  const open = new Set<Socket>()
  const busy = new Set<Socket>()

  return {
    opened(socket) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    },
    began(socket) {
      busy.add(socket)
      return () => busy.delete(socket)
    },
    cutIdle() {
      for (const socket of open) if (!busy.has(socket)) socket.destroy()
    },
    cutAll() {
      for (const socket of open) socket.destroy()
    },
  }
}
