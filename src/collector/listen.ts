import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { GaplessError } from '../errors.js'

/** Listens, and says which port is taken where one is. Resolves to the port. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (cause) {
    if (!isErrno(cause, 'EADDRINUSE')) {
      throw new GaplessError(`Cannot listen on ${host}:${port}: ${String(cause)}`, {
        code: 'instrument',
        cause,
      })
    }
    throw new GaplessError(`Port ${port} on ${host} is taken.`, {
      code: 'port-taken',
      hint: `Choose another port, or see who has it: ss -ltnp 'sport = :${port}'`,
      cause,
    })
  }
  return (server.address() as AddressInfo).port
}

const lowestPort = 10_240
const highestPort = 32_767

/**
 * Listens on a free port below those that systems give to outgoing connections. A port of theirs can be lost while
 * it is closed on purpose, and a client on the same machine that calls a closed one may even be connected to itself.
 */
export async function listenBelowEphemeral<S extends Server>(
  createServer: () => S,
  host: string,
): Promise<{ server: S; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer()
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort + 1))
    try {
      return { server, port: await listen(server, host, port) }
    } catch (error) {
      if (!(error instanceof GaplessError && error.code === 'port-taken') || attempt === 100) throw error
    }
  }
}

/** Listens on a port that was ours a moment ago, and waits a little where another has it for the moment. */
export async function listenAgain<S extends Server>(
  createServer: () => S,
  host: string,
  port: number,
): Promise<S> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer()
    try {
      await listen(server, host, port)
      return server
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
