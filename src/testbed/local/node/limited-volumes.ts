import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync } from 'node:fs'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { GaplessError } from '../../../errors.js'
import { spawnedRef } from '../../../processes/identity.js'
import { runMark } from '../../../processes/marks.js'
import type { RunRegistry } from '../../../processes/registry.js'
import { limitedMount } from '../mount-namespace.js'

/** Volumes with a size that the kernel enforces. */
export interface LimitedVolumes {
  /** Makes one, empty, at a path where nothing is yet; leaves one alone that is there. Throws 'requirement-missing'. */
  ensure(directory: string, bytes: number): Promise<void>
  /** Ends those below a directory, with all that is in them. */
  endBelow(directory: string): Promise<void>
}

/**
 * The file system is mounted in a namespace of its own, in which nothing lives but a process that holds it. Everybody
 * else (Fluentd, faults, whoever looks for lines) comes to it by a symlink that leads through that process's root
 * directory, so it outlives every container, needs no root, and no mount is ever left on this machine.
 */
export function limitedVolumes(registry: RunRegistry): LimitedVolumes {
  const holders = new Map<string, ChildProcess>()

  async function ensure(directory: string, bytes: number): Promise<void> {
    if (lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink()) return
    const parent = dirname(directory)
    await mkdir(parent, { recursive: true })
    // In there nobody else sees what it covers, so any directory will do; this one gives files their usual names.
    const command = limitedMount(parent, bytes, 'echo mounted && exec cat')
    const holder = spawn(command[0] ?? '', command.slice(1), {
      // Its input ends with this process, and it with its input. Output beyond the first word is complaints.
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', [runMark]: registry.runId },
    })
    const ref = holder.pid === undefined ? undefined : spawnedRef(holder.pid, command)
    if (ref !== undefined) registry.registerProcess(`volume ${basename(directory)}`, ref)
    const mounted = await Promise.race([
      once(holder.stdout, 'data').then(() => true),
      once(holder, 'exit').then(() => false),
    ])
    const inside = join(`/proc/${String(holder.pid)}/root`, parent)
    if (!mounted || !existsSync(inside)) {
      holder.stdin.end()
      throw new GaplessError(`No volume of ${String(bytes)} bytes can be made at ${directory}`, {
        code: 'requirement-missing',
        command: command.join(' '),
        hint: 'What the system said is in the log of the node’s supervisor.',
      })
    }
    holders.set(directory, holder)
    await symlink(inside, directory)
  }

  async function endBelow(directory: string): Promise<void> {
    const below = [...holders].filter(([held]) => held.startsWith(`${directory}${sep}`))
    await Promise.all(
      below.map(async ([held, holder]) => {
        holders.delete(held)
        if (holder.exitCode === null && holder.signalCode === null) {
          holder.stdin?.end()
          await once(holder, 'exit')
        }
        await rm(held, { force: true })
      }),
    )
  }

  return { ensure, endBelow }
}
