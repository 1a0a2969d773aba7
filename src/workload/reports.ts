import type { BlockedWrite, Ended, Sent } from '../collector/protocol.js'
import type { Notary } from './notary.js'

/** Tells the collector how far the writing has come, one report after the other. */
export interface Reports {
  /** The write of this number, and of all before it, has returned. */
  wrote(seq: number): void
  /** A write did not return for so long, as nobody read. */
  blocked(fromMs: number, toMs: number): void
  done(commandId: number): Promise<void>
  ended(): Promise<void>
  stop(): void
}

export interface ReportsOptions {
  readonly notary: Pick<Notary, 'sent' | 'ended'>
  readonly incarnation: number
  /** The number before the first of this incarnation. */
  readonly sentUpTo: number
  readonly now: () => number
  readonly onRefused: (error: unknown) => void
}

const everyMs = 100

export function createReports(options: ReportsOptions): Reports {
  const { notary, incarnation, now, onRefused } = options
  let sentUpTo = options.sentUpTo
  let reported = sentUpTo
  let blocked: BlockedWrite[] = []
  let last = Promise.resolve()

  const report = (): Sent & Ended => ({ upTo: sentUpTo, atMs: now(), incarnation })
  const withBlocked = (): Sent => {
    const sent = { ...report(), ...(blocked.length > 0 && { blocked }) }
    blocked = []
    return sent
  }

  function next(send: () => Promise<void>): Promise<void> {
    last = last.then(send)
    last.catch(onRefused)
    return last
  }

  const timer = setInterval(() => {
    if (sentUpTo === reported) return
    reported = sentUpTo
    void next(() => notary.sent(withBlocked())).catch(() => undefined)
  }, everyMs)

  return {
    wrote(seq) {
      sentUpTo = Math.max(sentUpTo, seq)
    },
    blocked(fromMs, toMs) {
      blocked.push({ fromMs, toMs })
    },
    done: (commandId) => next(() => notary.sent({ ...withBlocked(), done: commandId })),
    ended: () => next(() => notary.ended(report())),
    stop: () => clearInterval(timer),
  }
}
