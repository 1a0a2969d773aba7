import { openSync } from 'node:fs'
import { messageOf } from '../errors.js'
import { parseEmitterConfig } from './config.js'
import { runEmitter } from './emitter.js'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

try {
  const config = parseEmitterConfig(process.env)
  const fd = config.logFile === null ? 1 : openSync(config.logFile, 'a')
  await runEmitter({ config, fd, signal: stop.signal })
} catch (error) {
  // Told to end, it ends; what nobody answered for stays indeterminate.
  if (!stop.signal.aborted) process.exitCode = 1
  process.stderr.write(`gapless emitter: ${messageOf(error)}\n`)
}
