import { isGaplessError, messageOf } from '../errors.js'
import { openCollector, type OpenCollector } from './collector.js'
import { type Announcement, parseConfig } from './config.js'

/**
 * The collector's program. Prints one line, an Announcement, and runs until SIGTERM, or until its parent goes where
 * that opened an IPC channel. Then a SIGINT is the parent's to answer: a terminal sends it to both, and what the
 * pipeline still delivers while things are taken down has to be written.
 */
const hasParent = process.send !== undefined
/** The parent said that it goes and this is to stay. */
let detached = false
const stop = new Promise<void>((resolve) => {
  process.once('SIGTERM', resolve)
  if (hasParent) {
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
  } else {
    process.once('SIGINT', resolve)
  }
})

function announce(announcement: Announcement): void {
  process.stdout.write(`${JSON.stringify(announcement)}\n`)
}

async function open(): Promise<OpenCollector | undefined> {
  try {
    return await openCollector(parseConfig(process.argv.slice(2), process.env))
  } catch (error) {
    const code = isGaplessError(error) ? error.code : 'instrument'
    const hint = isGaplessError(error) ? error.hint : undefined
    announce({ error: { code, message: messageOf(error), ...(hint !== undefined && { hint }) } })
    process.exitCode = 1
    return undefined
  }
}

const collector = await open()
if (collector) {
  const { bootId, dataPort, controlPort } = collector
  announce({ ready: { pid: process.pid, bootId, dataPort, controlPort } })
  await stop
  await collector[Symbol.asyncDispose]()
}
if (process.connected) process.disconnect()
