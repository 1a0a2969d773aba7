import type { EmitterCommand } from '../collector/protocol.js'
import { createAlarm } from './alarm.js'
import { createBatchMaker } from './batch.js'
import type { EmitterConfig } from './config.js'
import { createNotary } from './notary.js'
import { createPace, type Pace } from './pace.js'
import { writeAll } from './pipe.js'
import { createReports } from './reports.js'
import { createReserver } from './reserver.js'

export interface EmitterOptions {
  readonly config: EmitterConfig
  /** Where the lines go, e.g. 1. */
  readonly fd: number
  /** Aborted: finish the write that is under way, report, end. */
  readonly signal: AbortSignal
}

const tickMs = 10
/** Without a command there is nothing to do but to wait for one. */
const idleMs = 60_000
/** Once told to end, the collector gets so long to hear the last report. */
const lastWordMs = 2_000

/**
 * Writes numbered lines as the collector commands, until a command ends it or the signal does. No number is written
 * before it is reserved, and none is reported before its write returned. Rejects where the pipe's reader is gone, or
 * the collector says no: then what was under way stays indeterminate.
 */
export async function runEmitter({ config, fd, signal }: EmitterOptions): Promise<void> {
  const alarm = createAlarm()
  const giveUp = new AbortController()
  const onStop = () => {
    alarm.ring()
    setTimeout(() => giveUp.abort(), lastWordMs).unref()
  }
  signal.addEventListener('abort', onStop, { once: true })
  if (signal.aborted) return

  const notary = createNotary(config.controlUrl, config.stream, giveUp.signal)
  const { nextSeq, incarnation } = await notary.register(process.pid)
  const batches = createBatchMaker(config)
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown) => {
    failure ??= { error }
    alarm.ring()
  }
  const reserver = createReserver({
    first: nextSeq,
    reserve: (upTo) => notary.reserve({ upTo, incarnation }),
    onAnswer: (error) => (error === undefined ? alarm.ring() : fail(error)),
  })
  const reports = createReports({
    notary,
    incarnation,
    sentUpTo: nextSeq - 1,
    now: Date.now,
    onRefused: fail,
  })

  let command: EmitterCommand | undefined
  let pace: Pace | undefined
  let next = nextSeq
  let done = 0

  async function followCommands(): Promise<void> {
    while (!giveUp.signal.aborted) {
      const newer = await notary.nextCommand(command?.id ?? 0)
      if (!newer) continue
      command = newer
      pace = createPace({ ...newer, startedAtMs: performance.now(), first: next })
      alarm.ring()
    }
  }

  async function writeUpTo(last: number): Promise<void> {
    const batch = batches.make(next, last, Date.now())
    next = batch.last + 1
    await writeAll(fd, batch.bytes, {
      onProgress: (bytes) => reports.wrote(batch.lastWithin(bytes)),
      onBlocked: reports.blocked,
      now: Date.now,
    })
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      if (failure) throw failure.error
      if (!command || !pace || command.id === done) {
        await alarm.wait(idleMs)
      } else if (next > command.upTo) {
        const { id, end } = command
        await reports.done(id)
        done = id
        if (end) return
      } else {
        const due = pace.dueUpTo(performance.now())
        const allowed = reserver.allowed(next, command.upTo, command.linesPerSecond)
        if (due < next) await alarm.wait(tickMs)
        else if (allowed < next) await alarm.wait(idleMs)
        else await writeUpTo(Math.min(due, allowed))
      }
    }
  }

  followCommands().catch(fail)
  try {
    await work()
    await reports.ended()
  } finally {
    signal.removeEventListener('abort', onStop)
    reports.stop()
    giveUp.abort()
  }
}
