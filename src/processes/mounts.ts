import { execFile } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { onLinux } from './proc.js'

const run = promisify(execFile)

/** Directories below one (itself included) that something is mounted on, the deepest first. [] where there is no /proc. */
export function mountsBelow(directory: string): string[] {
  if (!onLinux) return []
  const top = realOf(directory)
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => unescaped(line.split(' ')[1] ?? ''))
    .filter((mount) => mount === top || mount.startsWith(`${top}${path.sep}`))
    .sort((a, b) => b.length - a.length)
}

/** Takes off what is mounted below a directory, so that it can be removed; in use or not. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const mount of mountsBelow(directory)) {
    await run('umount', [mount]).catch(() => run('umount', ['--lazy', mount]))
  }
}

/** Mounts a file system of this size, in memory, unless one is mounted there. Needs root on Linux. */
export async function mountLimited(directory: string, bytes: number): Promise<void> {
  if (mountsBelow(directory).includes(realOf(directory))) return
  await run('mount', ['-t', 'tmpfs', '-o', `size=${String(bytes)},mode=0755`, 'gapless', directory])
}

function realOf(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    return path.resolve(directory)
  }
}

/** Blanks and the like stand there as octal numbers. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}
