import { execa } from 'execa'
import { GaplessError } from '../errors.js'
import { shellLine } from '../shell.js'

export interface DockerResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface DockerOptions {
  /** Given to standard input; nothing is, unless said. */
  readonly input?: string
  /** Default 60 000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Runs Docker's command line, which finds its daemon as the user's does (context, `DOCKER_HOST`). Resolves however
 * the command ends. Throws a GaplessError: 'requirement-missing' where there is no Docker, 'timeout', 'interrupted'.
 */
export async function docker(args: readonly string[], options: DockerOptions = {}): Promise<DockerResult> {
  const { input, timeoutMs = 60_000, signal } = options
  const result = await execa('docker', args, {
    reject: false,
    stripFinalNewline: false,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
  const command = shellLine(['docker', ...args])
  if (result.isCanceled) throw new GaplessError(`Interrupted: ${command}`, { code: 'interrupted' })
  if (result.timedOut) {
    throw new GaplessError(`Docker did not answer within ${timeoutMs / 1000} s: ${command}`, {
      code: 'timeout',
      command,
    })
  }
  const { code, stdout, stderr } = result
  if (code === 'ENOENT') throw dockerMissing()
  const unreachable = unreachableIn(stderr)
  if (result.exitCode !== 0 && unreachable) throw dockerUnreachable(stderr)
  return { exitCode: result.exitCode ?? 128, stdout, stderr }
}

/** Like `docker`, for commands that have to succeed: throws 'instrument' with what Docker said. Resolves to its output. */
export async function dockerOutput(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await docker(args, options)
  if (exitCode === 0) return stdout
  const command = shellLine(['docker', ...args])
  throw new GaplessError(`Docker refused (exit status ${exitCode}): ${stderr.trim() || command}`, {
    code: 'instrument',
    command,
  })
}

export function dockerMissing(): GaplessError {
  return new GaplessError('There is no program `docker` in PATH.', {
    code: 'requirement-missing',
    hint: 'Install Docker Engine or Docker Desktop: https://docs.docker.com/get-docker/',
  })
}

export function dockerUnreachable(said: string): GaplessError {
  return new GaplessError(`Docker does not answer: ${firstLine(said)}`, {
    code: 'requirement-missing',
    hint: 'Start Docker (Docker Desktop, or: sudo systemctl start docker), and see that your user may use it.',
    command: 'docker info',
  })
}

function unreachableIn(stderr: string): boolean {
  return /cannot connect to the docker daemon|error during connect|permission denied while trying to connect/i.test(
    stderr,
  )
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
