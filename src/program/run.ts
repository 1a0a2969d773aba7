import { isGaplessError, messageOf } from '../errors.js'
import { type Announcement } from './announcement.js'

/** What a program has open while it runs. */
export interface Opened extends AsyncDisposable {
  /** What the one who started it is told. */
  readonly ready: unknown
}

/**
 * The life of a program of ours: prints one line, an Announcement, and runs until SIGTERM, or until its parent goes
 * where that opened an IPC channel. Then a SIGINT is the parent's to answer: a terminal sends it to both, and what
 * the pipeline still delivers while things are taken down has to be written.
 */
export async function runProgram(open: () => Promise<Opened>): Promise<void> {
  const stop = stopRequested()
  const opened = await openOrExplain(open)
  if (opened) {
    announce({ ready: opened.ready })
    await stop
    await opened[Symbol.asyncDispose]()
  }
  if (process.connected) process.disconnect()
}

async function stopRequested(): Promise<void> {
  /** The parent said that it goes and this is to stay. */
  let detached = false
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => {
      resolve()
    })
    if (process.send === undefined) {
      process.once('SIGINT', () => {
        resolve()
      })
      return
    }
    process.on('SIGINT', () => undefined)
    process.on('SIGHUP', () => undefined)
    process.once('disconnect', () => {
      if (!detached) resolve()
    })
    process.on('message', (message) => {
      if (message !== 'detach') return
      detached = true
      process.disconnect()
    })
    if (!process.connected) resolve()
  })
}

async function openOrExplain(open: () => Promise<Opened>): Promise<Opened | undefined> {
  try {
    return await open()
  } catch (error) {
    const code = isGaplessError(error) ? error.code : 'instrument'
    const hint = isGaplessError(error) ? error.hint : undefined
    announce({ error: { code, message: messageOf(error), ...(hint !== undefined && { hint }) } })
    process.exitCode = 1
    return undefined
  }
}

function announce(announcement: Announcement): void {
  process.stdout.write(`${JSON.stringify(announcement)}\n`)
}
