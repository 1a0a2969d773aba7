import { messageOf } from '../errors.js'
import { parseEmitterConfig } from './config.js'
import { runEmitter } from './emitter.js'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

try {
  await runEmitter({ config: parseEmitterConfig(process.env), fd: 1, signal: stop.signal })
} catch (error) {
  // Told to end, it ends; what nobody answered for stays indeterminate.
  if (!stop.signal.aborted) process.exitCode = 1
  process.stderr.write(`gapless emitter: ${messageOf(error)}\n`)
}
