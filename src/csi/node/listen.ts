import { once } from 'node:events'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { createServer, type Server as Listener, type Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { Duplex } from 'node:stream'
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { plainAuthority } from './plain-authority.js'

export interface Service {
  readonly definition: ServiceDefinition
  readonly implementation: UntypedServiceImplementation
}

/**
 * Answers gRPC at a unix socket, which it makes, in the place of one that was left. Disposing of it removes it, unless
 * another one has taken its place: a node's new plugin may be there before the old one has ended.
 */
export async function listen(socketPath: string, services: readonly Service[]): Promise<AsyncDisposable> {
  const server = new Server()
  for (const { definition, implementation } of services) server.addService(definition, implementation)
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    injector.injectConnection(Duplex.from({ readable: socket.pipe(plainAuthority()), writable: socket }))
  })
  await bindAt(listener, socketPath)
  const ours = await inodeOf(socketPath)
  return {
    [Symbol.asyncDispose]: async () => {
      listener.close()
      injector.destroy()
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
      if ((await inodeOf(socketPath)) === ours) await rm(socketPath, { force: true })
    },
  }
}

/**
 * Node.js removes the path that it has bound when it closes, whosever the socket there is by then. So it gets another
 * one; kubelet looks at none that begins with a dot.
 */
async function bindAt(listener: Listener, socketPath: string): Promise<void> {
  const bound = join(dirname(socketPath), `.${String(process.pid)}-${basename(socketPath)}`)
  await mkdir(dirname(socketPath), { recursive: true })
  await rm(bound, { force: true })
  listener.listen(bound)
  await once(listener, 'listening')
  await rm(socketPath, { force: true })
  await rename(bound, socketPath)
}

async function inodeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.ino
}
