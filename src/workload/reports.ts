import type { Ended, Sent } from '../collector/protocol.js'
import type { Notary } from './notary.js'

/** Tells the collector how far the writing has come, one report after the other. */
export interface Reports {
  /** The write of this number, and of all before it, has returned. */
  wrote(seq: number): void
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
  let last = Promise.resolve()

  const report = (): Sent & Ended => ({ upTo: sentUpTo, atMs: now(), incarnation })

  function next(send: () => Promise<void>): Promise<void> {
    last = last.then(send)
    last.catch(onRefused)
    return last
  }

  const timer = setInterval(() => {
    if (sentUpTo === reported) return
    reported = sentUpTo
    void next(() => notary.sent(report())).catch(() => undefined)
  }, everyMs)

  return {
    wrote(seq) {
      sentUpTo = Math.max(sentUpTo, seq)
    },
    done: (commandId) => next(() => notary.sent({ ...report(), done: commandId })),
    ended: () => next(() => notary.ended(report())),
    stop: () => clearInterval(timer),
  }
}
