import { readFileSync } from 'node:fs'
import { runLogged } from '../../setup/run-logged.mjs'
import { GaplessError } from '../errors.js'
import { cacheDirectory, lockDirectory, logFile } from './cache.js'
import { withLock } from './lock.js'
import type { SetupProgress } from './progress.js'
import {
  commandFor,
  nameRequirements,
  packagesFor,
  systemOf,
  type Requirement,
  type System,
} from './remedies.js'
import { findProgram } from './which.js'
import { findRuby, isOldEnough, missingForBuilding, oldestRuby, tryCompiler, type Ruby } from './ruby.js'

export function thisSystem(): System {
  let osRelease = ''
  try {
    osRelease = readFileSync('/etc/os-release', 'utf8')
  } catch {
    // Not a Linux with that file; the command to paste is left out.
  }
  return systemOf(process.platform, osRelease, process.getuid?.())
}

/** Ruby, installed where gapless may do so. Throws 'requirement-missing' with the command that brings it. */
export async function ensureRuby(progress: SetupProgress, signal?: AbortSignal): Promise<Ruby> {
  const cache = cacheDirectory()
  const ruby = await findRuby(cache)
  if (ruby !== undefined) return checked(ruby)
  if (process.env.GAPLESS_RUBY !== undefined) {
    throw new GaplessError(`GAPLESS_RUBY is ${process.env.GAPLESS_RUBY}, and that is no Ruby that runs.`, {
      code: 'requirement-missing',
      hint: 'Name the ruby program itself, or leave the variable out to take the one on PATH.',
    })
  }
  await provide(['ruby', 'headers', 'compiler', 'make'], progress, signal)
  const installed = await findRuby(cache)
  if (installed === undefined) throw missingError(['ruby'])
  return checked(installed)
}

/** What gems with compiled parts need, installed where gapless may do so. Throws as `ensureRuby` does. */
export async function ensureBuildTools(
  ruby: Ruby,
  progress: SetupProgress,
  signal?: AbortSignal,
): Promise<void> {
  const missing = missingForBuilding(ruby)
  if (missing.length > 0) {
    await provide(missing, progress, signal)
    const still = missingForBuilding(ruby)
    if (still.length > 0) throw missingError(still, `It was found as ${ruby.path}.`)
  }
  const complaint = await tryCompiler(ruby)
  if (complaint === undefined) return
  await provide(['compiler'], progress, signal)
  const again = await tryCompiler(ruby)
  if (again !== undefined) throw missingError(['compiler'], `A test compilation says:\n${again}`)
}

function checked(ruby: Ruby): Ruby {
  if (isOldEnough(ruby)) return ruby
  throw new GaplessError(`gapless needs Ruby ${oldestRuby} or later; ${ruby.path} is ${ruby.version}.`, {
    code: 'requirement-missing',
    hint: 'Put a later one first in PATH (from a version manager, say), or name it in GAPLESS_RUBY.',
  })
}

function missingError(missing: readonly Requirement[], detail = ''): GaplessError {
  const command = commandFor(thisSystem(), missing)
  return new GaplessError(`Fluentd needs ${nameRequirements(missing)}, missing here. ${detail}`.trim(), {
    code: 'requirement-missing',
    hint:
      command === undefined
        ? "Install it with your system's package manager, then start again."
        : 'Install it, then start again:',
    ...(command === undefined ? {} : { command }),
  })
}

/** Installs what is missing where that is Debian or Ubuntu and we are root; throws what to type elsewhere. */
async function provide(
  missing: readonly Requirement[],
  progress: SetupProgress,
  signal?: AbortSignal,
): Promise<void> {
  const system = thisSystem()
  const mayInstall = system.packageManager === 'apt' && system.isRoot && findProgram('apt-get') !== undefined
  if (!mayInstall) throw missingError(missing)
  const packages = packagesFor('apt', missing)
  progress.say(`Missing: ${nameRequirements(missing)}. Installing ${packages.join(', ')} with apt-get.`)
  await withLock(
    lockDirectory(cacheDirectory(), 'apt'),
    'installation of packages',
    progress,
    signal,
    async (lock) => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
      const lockWait = ['-o', 'DPkg::Lock::Timeout=120']
      const commands = [
        // Mends what an installation that was killed half-way left behind; does nothing otherwise.
        ['dpkg', '--configure', '-a'],
        ['apt-get', ...lockWait, 'update'],
        ['apt-get', ...lockWait, 'install', '-y', '--no-install-recommends', ...packages],
      ]
      for (const command of commands) {
        const step = progress.begin(
          command.filter((word) => !word.includes('DPkg') && word !== '-o').join(' '),
        )
        const end = await runLogged(command, { log: logFile(cacheDirectory(), 'apt'), env, signal, lock })
        step.end(end.code === 0 ? 'done' : 'failed')
        if (end.code !== 0 && command !== commands[1]) {
          throw new GaplessError(
            `apt-get could not install ${packages.join(', ')}.\n${end.tail}\n  all of it: ${end.log}`,
            {
              code: 'requirement-missing',
              hint: 'Mend what it says above (is there a network?), or install them yourself:',
              command: commandFor(system, missing) ?? '',
            },
          )
        }
      }
    },
  )
}
