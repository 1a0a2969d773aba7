import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
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

/** Answers gRPC at a unix socket, which it makes, in the place of one that was left. Disposing of it removes it. */
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
  await mkdir(dirname(socketPath), { recursive: true })
  await rm(socketPath, { force: true })
  listener.listen(socketPath)
  await once(listener, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      listener.close()
      injector.destroy()
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await rm(socketPath, { force: true })
    },
  }
}
