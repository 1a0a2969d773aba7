import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { GaplessError } from '../../errors.js'
import { type Endpoint } from '../endpoints.js'

/**
 * An address of the loopback network for one run alone. Where all of 127.0.0.0/8 is local (Linux), runs that go on
 * at once cannot meet on a port; elsewhere it is 127.0.0.1.
 */
export function loopbackAddress(): string {
  if (process.platform !== 'linux') return '127.0.0.1'
  return `127.${String(randomInt(1, 255))}.${String(randomInt(0, 256))}.${String(randomInt(1, 255))}`
}

/**
 * Ports that nobody listens on. Below the range from which systems take the source ports of connections: while an
 * aggregator is down, a forwarder that connects to a port of that range again and again can at last connect to itself.
 */
export async function freeEndpoints(host: string, count: number): Promise<Endpoint[]> {
  const found = new Map<number, Endpoint>()
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt > 50 * count) {
      throw new GaplessError(`found no ${String(count)} free ports between 20000 and 30000 on ${host}`, {
        code: 'port-taken',
      })
    }
    const port = randomInt(20_000, 30_000)
    if (!found.has(port) && (await isFree(host, port))) found.set(port, { host, port })
  }
  return [...found.values()]
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
