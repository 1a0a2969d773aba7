import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ContainerLog } from './container-log.js'
import { criFramer, type LogStream } from './cri.js'
import { wallClock } from './timestamp.js'

const run = promisify(execFile)

/** The pipe of one stream: the container has one end, the other is read into its log. */
export interface OutputPipe {
  /** The container's end, to be closed with `handedOver` once the container has it. */
  readonly descriptor: number
  handedOver(): void
  /** When nobody can write to it any more and all that was written is in the log, or `stop` was called. */
  readonly drained: Promise<void>
  stop(): void
}

/**
 * Named pipes, as containerd has them, rather than the sockets that Node would make: a container may open
 * /dev/stdout, which fails on a socket, and a full pipe makes the container wait.
 */
export async function openOutput(
  directory: string,
  log: ContainerLog,
): Promise<readonly [OutputPipe, OutputPipe]> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const paths = { stdout: join(directory, 'stdout'), stderr: join(directory, 'stderr') }
  await run('mkfifo', [paths.stdout, paths.stderr])
  const pipes = [openPipe(paths.stdout, 'stdout', log), openPipe(paths.stderr, 'stderr', log)] as const
  await rm(directory, { recursive: true, force: true })
  return pipes
}

function openPipe(path: string, stream: LogStream, log: ContainerLog): OutputPipe {
  // In this order: opening to read does not wait for a writer, opening to write finds a reader.
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const descriptor = openSync(path, constants.O_WRONLY)
  const clock = wallClock()
  const framer = criFramer(stream, clock.stamp)
  const socket = new Socket({ fd: reading, readable: true, writable: false })
  socket.on('data', (chunk: Buffer) => {
    clock.begin()
    log.write(framer.push(chunk))
  })
  socket.on('error', (error) => process.stderr.write(`${path} cannot be read: ${error.message}\n`))
  const drained = new Promise<void>((resolve) => {
    socket.on('close', () => {
      clock.begin()
      log.write(framer.end())
      resolve()
    })
  })
  return { descriptor, handedOver: () => closeSync(descriptor), drained, stop: () => socket.destroy() }
}
