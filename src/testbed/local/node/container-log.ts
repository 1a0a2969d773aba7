import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { messageOf } from '../../../errors.js'
import type { ContainerLogPolicy } from '../../contract.js'
import { planRotation, rotatedName } from './rotated-names.js'

/** The log file of one container, rotated as kubelet does it. */
export interface ContainerLog {
  /**
   * Appends whole lines, and returns when the system has them. Synchronous on purpose: a slow disk then slows the
   * reading of the container's pipe and so the container, and no line is under way while files are rotated.
   */
  write(lines: Buffer): void
  /** Rotates if the file has reached the policy's size, and creates it again if it was moved away. */
  check(): Promise<void>
  rotate(): Promise<void>
  close(): void
}

export interface ContainerLogOptions {
  readonly file: string
  readonly policy: ContainerLogPolicy
  readonly onRotated: (file: string) => void
  /** Removes a file for good, in the way that keeps what is to be told of it. */
  readonly remove: (file: string) => Promise<void>
  readonly onCompressed: (file: string, inode: number) => void
}

export function openContainerLog(options: ContainerLogOptions): ContainerLog {
  const { file, policy, onRotated, onCompressed, remove } = options
  let descriptor: number | undefined = open(file)
  let failed = false
  let rotation: Promise<void> = Promise.resolve()
  let rotating = 0

  function write(lines: Buffer): void {
    if (descriptor === undefined) return
    try {
      for (let at = 0; at < lines.length;) at += writeSync(descriptor, lines, at)
      failed = false
    } catch (error) {
      // Like containerd, which goes on draining the container's output and drops what cannot be written.
      if (!failed) process.stderr.write(`${file} cannot be written: ${messageOf(error)}\n`)
      failed = true
    }
  }

  function reopen(): void {
    if (descriptor === undefined) return
    const old = descriptor
    descriptor = open(file)
    closeSync(old)
  }

  async function rotateNow(): Promise<void> {
    const directory = dirname(file)
    const rotated = (await readdir(directory)).filter((name) => name.startsWith(`${basename(file)}.`))
    const plan = planRotation(rotated, policy.maxFiles)
    for (const name of plan.unused) await rm(join(directory, name), { force: true })
    for (const name of plan.excess) await remove(join(directory, name))
    for (const name of plan.compress) {
      const { ino } = statSync(join(directory, name))
      onCompressed(await compress(join(directory, name)), ino)
    }
    // Kubelet rotates logs of running containers only; this one may have ended meanwhile.
    if (descriptor === undefined) return
    const target = join(directory, rotatedName(basename(file), rotated, Date.now()))
    if (moveAway(file, target)) onRotated(target)
    reopen()
  }

  /** One after the other, whether asked for by size or by command. */
  function rotate(): Promise<void> {
    rotating += 1
    const next = rotation.then(rotateNow).finally(() => (rotating -= 1))
    rotation = next.catch(() => undefined)
    return next
  }

  async function check(): Promise<void> {
    if (descriptor === undefined || rotating > 0) return
    const size = statSync(file, { throwIfNoEntry: false })?.size
    if (size === undefined) reopen()
    else if (size >= policy.maxBytes) await rotate()
  }

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }

  return { write, check, rotate, close }
}

/** Appending, so that a file that somebody truncates grows from its new end. */
function open(file: string): number {
  return openSync(file, 'a', 0o640)
}

function moveAway(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/** By way of a temporary file, so that `.gz` is there whole or not at all. */
async function compress(file: string): Promise<string> {
  const temporary = `${file}.tmp`
  try {
    await pipeline(createReadStream(file), createGzip(), createWriteStream(temporary))
    await rename(temporary, `${file}.gz`)
    await rm(file)
    return `${file}.gz`
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
