import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nanoid } from 'nanoid'
import { messageOf } from '../errors.js'
import type { Sample } from '../store/result.js'
import { createAppender } from './appender.js'
import type { CollectorConfig } from './config.js'
import { createMemoryBudget } from './body.js'
import { controlServer } from './control-port.js'
import { openDataPort } from './data-port.js'
import { createDestination } from './destination.js'
import { createEmitters } from './emitters.js'
import { openForwardPort } from './forward-port.js'
import { createIntake } from './intake.js'
import { createLatency, type Latency } from './latency.js'
import { listen } from './listen.js'
import { steerPorts } from './ports.js'
import type { CollectorState, SentEntry } from './protocol.js'
import { createThinning } from './samples.js'
import { createTally } from './tally.js'

/** A collector that listens. Disposing of it closes both ports and the ledgers. */
export interface OpenCollector extends AsyncDisposable {
  readonly bootId: string
  readonly dataPort: number
  /** Where it speaks the forward protocol; null where it was not asked to. */
  readonly forwardPort: number | null
  readonly controlPort: number
}

const sampleEveryMs = 100
const latencyEveryMs = 1_000

export async function openCollector(config: CollectorConfig): Promise<OpenCollector> {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const opened = await open(config, closers)
    return { ...opened, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  config: CollectorConfig,
  closers: (() => unknown)[],
): Promise<Omit<OpenCollector, typeof Symbol.asyncDispose>> {
  const { directory, host, run } = config
  const now = Date.now
  const bootId = nanoid(10)
  let failure: string | null = null

  async function create(name: string) {
    const appender = await createAppender(join(directory, name))
    closers.push(() => appender.close())
    return appender
  }
  const raw = await create('arrivals.raw')
  const arrivals = await create('arrivals.ndjson')
  const sent = await create('sent.ndjson')
  const samples = await create('samples.ndjson')

  const latency = createLatency()
  const emitters = createEmitters(writeSent, now)
  const tally = createTally({ reservedOf: (stream) => emitters.get(stream)?.reserved, latency })
  const intake = createIntake({
    run,
    raw,
    rawLimitBytes: config.rawLimitBytes,
    arrivals,
    onStored: (receipt, atMs) => tally.add(receipt, atMs),
    now,
  })

  async function writeSent(entry: SentEntry): Promise<void> {
    await sent.append(jsonLine(entry)).catch(fail)
  }

  function fail(error: unknown): never {
    failure ??= messageOf(error)
    throw error
  }

  const thin = createThinning()
  async function sample(): Promise<void> {
    const taken: Sample = { atMs: now(), sent: 0, delivered: 0, duplicated: 0 }
    for (const [stream, emitter] of emitters.all()) {
      const counts = tally.of(stream)
      taken.sent += emitter.sent
      taken.delivered += counts.delivered
      taken.duplicated += counts.duplicated
    }
    for (const kept of thin(taken)) await samples.append(jsonLine(kept))
  }

  const latencyFile = createLatencyFile(join(directory, 'latency.json'), latency)

  const ignoreFull = () => undefined
  const timers = [
    setInterval(() => void sample().catch(ignoreFull), sampleEveryMs),
    setInterval(() => void latencyFile.write().catch(ignoreFull), latencyEveryMs),
  ]
  closers.push(() => timers.forEach(clearInterval))

  const destination = createDestination(intake, createMemoryBudget(config.memoryLimitBytes))
  const data = await openDataPort({ host, port: config.dataPort, destination, now })
  closers.push(() => data.close())
  const forward =
    config.forwardPort === null
      ? undefined
      : await openForwardPort({ host, port: config.forwardPort, destination, now })
  closers.push(() => forward?.close())
  const ports = steerPorts(destination, forward ? [data, forward] : [data])
  closers.push(() => ports.close())

  function state(): CollectorState {
    const streams = [...emitters.all()].map(([stream, emitter]) => {
      const { command, ...rest } = emitter
      return [stream, { ...rest, ...tally.of(stream), command: command?.id ?? 0 }]
    })
    return {
      bootId,
      atMs: now(),
      ...destination.traffic(),
      streams: Object.fromEntries(streams) as CollectorState['streams'],
      unexpected: tally.unexpected,
      lastArrivalMs: intake.lastArrivalMs,
      failure: failure ?? intake.failure,
    }
  }

  const control = controlServer(emitters, {
    state,
    behave: (behaviour) => ports.behave(behaviour),
    release: () => ports.release(),
    async finish() {
      await sample()
      await latencyFile.write()
      await Promise.all([raw, arrivals, sent, samples].map((file) => file.sync()))
    },
  })
  const controlPort = await listen(control, host, config.controlPort)
  closers.push(() => {
    control.close()
    control.closeAllConnections()
  })

  return { bootId, dataPort: data.port, forwardPort: forward?.port ?? null, controlPort }
}

/** Replaces the file whole, where something has changed; one write after the other. */
function createLatencyFile(path: string, latency: Latency): { write(): Promise<void> } {
  let writtenLines = -1
  let last = Promise.resolve()

  async function replace(): Promise<void> {
    if (latency.lines === writtenLines) return
    const { lines } = latency
    await writeFile(`${path}.new`, JSON.stringify(latency.summary()))
    await rename(`${path}.new`, path)
    writtenLines = lines
  }

  return {
    write() {
      last = last.catch(() => undefined).then(replace)
      return last
    },
  }
}

function jsonLine(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}
