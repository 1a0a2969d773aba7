import { createInterface } from 'node:readline'
import { execaNode } from 'execa'
import { type z } from 'zod'
import { entryPoint } from '../entry-point.js'
import { GaplessError, type GaplessErrorCode } from '../errors.js'
import { type Announcement, announcementSchema } from './announcement.js'

export interface StartProgramOptions<Ready> {
  /** As it stands in messages, e.g. 'collector'. */
  readonly name: string
  /** E.g. 'collector/main'. */
  readonly entry: string
  /** Given to it as one JSON argument. */
  readonly config: unknown
  /** What it announces once it is ready. */
  readonly ready: z.ZodType<Ready>
  readonly readyTimeoutMs?: number | undefined
  /** Laid over this process's own. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** A program of ours that runs as a process of its own, and goes when this one does. */
export interface Program<Ready> {
  readonly ready: Ready
  /** Resolves when the process is gone, however it went. */
  readonly exited: Promise<{
    readonly exitCode: number | undefined
    readonly signal: string | undefined
    readonly stderr: string
  }>
  /** Lets it run on when this process ends. */
  detach(): Promise<void>
  /** Ends it in order; SIGKILL where it isn't gone by the deadline. Resolves when it is gone. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
}

/**
 * Resolves when it is ready. Throws the GaplessError that it announces, 'instrument' where it ends before it
 * announces anything, and 'timeout' where it didn't come up within `readyTimeoutMs`.
 */
export async function startProgram<Ready>(options: StartProgramOptions<Ready>): Promise<Program<Ready>> {
  const { name, readyTimeoutMs = 60_000, env = {} } = options
  const child = execaNode(entryPoint(options.entry), [JSON.stringify(options.config)], {
    ipc: true,
    buffer: { stdout: false, stderr: true, ipc: false },
    stdin: 'ignore',
    reject: false,
    nodeOptions: [],
    env,
  })
  const exited = child.then(({ exitCode, signal, stderr }) => ({ exitCode, signal, stderr }))

  async function stop({ deadlineMs = 5_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await exited
    clearTimeout(timer)
  }

  async function announced(): Promise<Announcement> {
    for await (const line of createInterface({ input: child.stdout })) {
      return announcementSchema.parse(JSON.parse(line))
    }
    const { exitCode, signal, stderr } = await exited
    throw new GaplessError(
      `The ${name} ended with ${signal ?? exitCode ?? 'nothing'} at its start: ${stderr}`,
      {
        code: 'instrument',
      },
    )
  }

  let announcement: Announcement
  try {
    announcement = await within(readyTimeoutMs, name, announced())
  } catch (error) {
    await stop({ deadlineMs: 0 })
    throw error
  }
  if ('error' in announcement) {
    await exited
    const { code, message, hint } = announcement.error
    throw new GaplessError(message, { code: code as GaplessErrorCode, ...(hint !== undefined && { hint }) })
  }
  return {
    ready: options.ready.parse(announcement.ready),
    exited,
    async detach() {
      await child.sendMessage('detach')
      child.unref()
    },
    stop,
  }
}

async function within<T>(timeoutMs: number, name: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new GaplessError(`The ${name} did not come up within ${timeoutMs} ms`, { code: 'timeout' }))
    }, timeoutMs)
  })
  return Promise.race([promise, deadline]).finally(() => {
    clearTimeout(timer)
  })
}
