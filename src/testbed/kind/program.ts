import { execa } from 'execa'
import { GaplessError } from '../../errors.js'
import { runMark } from '../../processes/marks.js'
import type { DoctorFinding } from '../contract.js'
import { checkMachine, requireAll } from '../kubernetes/requirements.js'

const oldestKind = [0, 20] as const
const remedy =
  'install kind 0.20 or later, and put it into PATH: https://kind.sigs.k8s.io/docs/user/quick-start/'

/** What the testbed `kind` needs of this machine, and how to get what is missing. Installs nothing. */
export async function doctorKind(): Promise<readonly DoctorFinding[]> {
  const [machine, kind] = await Promise.all([checkMachine(), checkKind()])
  return [...machine, kind]
}

/** Throws 'requirement-missing' with the first thing that `doctorKind` finds missing. */
export async function requireKind(): Promise<void> {
  requireAll('kind', await doctorKind())
}

async function checkKind(): Promise<DoctorFinding> {
  const result = await execa('kind', ['version'], { reject: false, timeout: 20_000, stdin: 'ignore' })
  if (result.code === 'ENOENT') {
    return { what: 'kind', ok: false, found: 'There is no program `kind` in PATH.', remedy }
  }
  const [, major, minor] = /v?(\d+)\.(\d+)\.\d+/.exec(result.stdout) ?? []
  if (result.exitCode !== 0 || major === undefined || minor === undefined) {
    const said = (result.stderr || result.stdout).trim() || 'nothing'
    return { what: 'kind', ok: false, found: `\`kind version\` says: ${said}`, remedy }
  }
  const ok =
    Number(major) > oldestKind[0] || (Number(major) === oldestKind[0] && Number(minor) >= oldestKind[1])
  const found = result.stdout.trim().replace(/^kind /, '')
  return { what: 'kind', ok, found: ok ? found : `${found} is too old.`, ...(ok ? {} : { remedy }) }
}

export interface KindOptions {
  /** Its processes bear it, so that they are found where gapless was killed. */
  readonly runId: string
  readonly kubeconfigPath: string
  readonly input?: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Told of each step, as kind words it. */
  readonly onStep?: (line: string) => void
}

/**
 * Runs `kind`, with this kubeconfig only. It has a process group of its own, which a Ctrl-C in a terminal does not
 * reach and which is ended as a whole. Throws 'requirement-missing', 'interrupted', 'timeout', or 'setup-failed' with
 * what it said.
 */
export async function runKind(args: readonly string[], options: KindOptions): Promise<void> {
  const { runId, kubeconfigPath, input, timeoutMs, signal, onStep } = options
  const command = `kind ${args.join(' ')}`
  const child = execa('kind', args, {
    env: { KUBECONFIG: kubeconfigPath, NO_COLOR: '1', [runMark]: runId },
    reject: false,
    detached: true,
    all: true,
    lines: true,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  })
  let ended: 'interrupted' | 'timeout' | undefined
  const end = (why: typeof ended) => {
    ended = why
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  const onAbort = () => end('interrupted')
  const timer = setTimeout(() => end('timeout'), timeoutMs)
  signal.addEventListener('abort', onAbort)
  try {
    if (signal.aborted) onAbort()
    for await (const line of child.iterable({ from: 'all' })) {
      const step = /^\s*•\s*(.*?)[^\p{L}\p{N})]*$/u.exec(line)?.[1]
      if (step !== undefined) onStep?.(step)
    }
    const result = await child
    if (result.exitCode === 0) return
    if (result.code === 'ENOENT') await requireKind()
    if (ended === 'interrupted') throw new GaplessError(`Interrupted: ${command}`, { code: 'interrupted' })
    if (ended === 'timeout') {
      throw new GaplessError(`kind was not done after ${timeoutMs / 1000} s: ${command}`, { code: 'timeout' })
    }
    const said = result.all.filter((line) => line.startsWith('ERROR') || line.includes('rror:')).slice(0, 3)
    throw new GaplessError(`kind failed: ${(said.length > 0 ? said : result.all.slice(-5)).join('\n')}`, {
      code: 'setup-failed',
      command,
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
