import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let possible: boolean | undefined

/**
 * Whether a volume can be given a size here: a file system of its own has to be mounted, which root may do on Linux,
 * but not in every container. Tried once, for real. Without it there is no honest limit: a watcher that counts bytes
 * is always late, and Fluentd would never be refused a write.
 */
export function canLimitVolumes(): boolean {
  possible ??= process.platform === 'linux' && process.getuid?.() === 0 && tryMount()
  return possible
}

function tryMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'gapless-mount-'))
  try {
    run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'gapless', directory])
    run('umount', [directory])
    return true
  } catch {
    return false
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'ignore' })
}
