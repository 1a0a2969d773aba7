import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CallError } from './services.js'

const run = promisify(execFile)

/** Mounts a directory at another path, too. Throws CallError with what `mount` said. */
export async function bind(from: string, to: string): Promise<void> {
  await command('mount', ['--no-canonicalize', '--bind', from, to])
}

/** Lets nothing be written through the mount at this path. */
export async function makeReadOnly(path: string): Promise<void> {
  await command('mount', ['--no-canonicalize', '-o', 'remount,bind,ro', path])
}

/** Throws CallError where something still uses it. */
export async function unmount(path: string): Promise<void> {
  await command('umount', ['--no-canonicalize', path])
}

async function command(program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args, { timeout: 20_000, killSignal: 'SIGKILL' })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new CallError(
      'INTERNAL',
      said === '' ? `${program} ${args.join(' ')} failed: ${String(error)}` : said,
    )
  }
}
