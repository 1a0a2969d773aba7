import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { arrivalSchema, type SentEntry, sentEntrySchema } from '../collector/protocol.js'
import { type Collector, startCollector } from '../collector/start.js'
import type { CollectorOptions } from '../collector/config.js'
import { entryPoint } from '../entry-point.js'
import { createLineEncoder } from '../marker/encode.js'

/** Both ends of a pipeline, for tests that put nothing or little between them. */

export const testRun = 'testrun0'

/** A temporary directory that goes with its owner. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'gapless test '))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface TestCollector extends Collector {
  readonly directory: string
  readonly arrivals: () => Promise<ReturnType<typeof arrivalSchema.parse>[]>
  readonly sentEntries: () => Promise<SentEntry[]>
}

/** A real collector that writes to a temporary directory. */
export async function startTestCollector(options: Partial<CollectorOptions> = {}): Promise<TestCollector> {
  const temporary = await temporaryDirectory()
  const directory = temporary.path
  const collector = await startCollector({ run: testRun, directory, ...options })
  return {
    ...collector,
    directory,
    arrivals: async () =>
      (await readNdjson(join(directory, 'arrivals.ndjson'))).map((v) => arrivalSchema.parse(v)),
    sentEntries: async () =>
      (await readNdjson(join(directory, 'sent.ndjson'))).map((v) => sentEntrySchema.parse(v)),
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]()
      await temporary[Symbol.asyncDispose]()
    },
  }
}

export async function readNdjson(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

/** Numbered lines as an emitter writes them, `lineBytes` long without their newline. */
export function numberedLines(
  stream: string,
  first: number,
  last: number,
  { run = testRun, lineBytes = 100, emittedAtMs = Date.now() } = {},
): Buffer {
  const encoder = createLineEncoder({ run, stream, lineBytes })
  const bytes = Buffer.alloc((last - first + 1) * (encoder.lineBytes + 1), '\n')
  for (let seq = first, at = 0; seq <= last; seq += 1) at = encoder.encode(bytes, at, seq, emittedAtMs) + 1
  return bytes
}

export interface TestEmitter extends AsyncDisposable {
  readonly pid: number
  /** Everything that it has written so far. */
  output(): Buffer
  readonly stderr: () => string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  kill(signal: NodeJS.Signals): void
  /** From now on nobody reads what it writes; `resume` reads again. */
  pause(): void
  resume(): void
  /** Closes the reading end of its pipe. */
  hangUp(): void
}

/** A real emitter whose stdout is read here. */
export function startTestEmitter(
  collector: Collector,
  stream: string,
  env: Readonly<Record<string, string>> = {},
): TestEmitter {
  const child = spawn(process.execPath, [entryPoint('workload/main')], {
    env: {
      GAPLESS_RUN: testRun,
      GAPLESS_STREAM: stream,
      GAPLESS_CONTROL_URL: collector.controlUrl,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  return {
    pid: child.pid ?? 0,
    output: () => Buffer.concat(chunks),
    stderr: () => stderr,
    exited,
    kill: (signal) => child.kill(signal),
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    hangUp: () => child.stdout.destroy(),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      child.stdout.resume()
      await exited
    },
  }
}
