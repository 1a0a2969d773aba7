import { execa } from 'execa'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bufferStatus, type BufferStatus } from '../pipeline/monitor.js'
import { answerOf } from '../testbed/local/answer.js'
import { type Endpoint } from '../testbed/endpoints.js'
import { ensureFluentd } from '../setup/fluentd.js'
import { silentProgress } from '../setup/progress.js'
import { until } from '../until.js'

/** A real Fluentd for tests that need one without a testbed around it. */
export interface TestFluentd extends AsyncDisposable {
  log(): Promise<string>
  /** What monitor_agent says; null where it does not answer. */
  buffer(): Promise<BufferStatus | null>
  /** Resolves when its worker runs. */
  start(): Promise<void>
  /** To its supervisor and its worker. After SIGKILL and SIGTERM it resolves when both are gone. */
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

/** Writes the configuration and starts it; monitor_agent is added. */
export async function startTestFluentd(
  directory: string,
  name: string,
  monitor: Endpoint,
  config: string,
): Promise<TestFluentd> {
  const fluentd = await ensureFluentd({}, silentProgress)
  const home = join(directory, name)
  await mkdir(home, { recursive: true })
  const file = join(home, 'fluent.conf')
  const logFile = join(home, 'fluentd.log')
  const monitorAgent = `<source>\n@type monitor_agent\nbind ${monitor.host}\nport ${String(monitor.port)}\n</source>\n`
  await writeFile(file, monitorAgent + config)
  await writeFile(logFile, '')
  const [program = '', ...args] = fluentd.command
  let child: (PromiseLike<unknown> & { readonly pid?: number | undefined }) | undefined
  let starts = 0

  const log = () => readFile(logFile, 'utf8')

  async function start(): Promise<void> {
    starts += 1
    child = execa(program, [...args, '-c', file], {
      // What it makes there stays where it is killed.
      env: { ...fluentd.env, SERVERENGINE_SOCKETMANAGER_SOCK_DIR: directory, TMPDIR: home },
      cwd: home,
      detached: true,
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stdout: { file: logFile, append: true },
      stderr: { file: logFile, append: true },
    })
    await until(`Fluentd ${name} to run`, {
      timeoutMs: 30_000,
      poll: async () =>
        (await log()).split('fluentd worker is now running').length > starts ? true : undefined,
    })
  }

  /** The supervisor leads a process group of its own, in which its worker is. */
  async function signal(wanted: NodeJS.Signals): Promise<void> {
    if (child?.pid === undefined) return
    if (wanted === 'SIGTERM') process.kill(child.pid, wanted)
    else process.kill(-child.pid, wanted)
    if (wanted === 'SIGKILL' || wanted === 'SIGTERM') {
      await child
      child = undefined
    }
  }

  await start()
  return {
    log,
    buffer: () => bufferStatus({ get: answerOf }, monitor),
    start,
    signal,
    async [Symbol.asyncDispose]() {
      await signal('SIGKILL')
    },
  }
}
