import { messageOf } from '../errors.js'
import { parseEmitterConfig } from './config.js'
import { runEmitter } from './emitter.js'

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

try {
  await runEmitter({ config: parseEmitterConfig(process.env), fd: 1, signal: stop.signal })
} catch (error) {
  process.stderr.write(`gapless emitter: ${messageOf(error)}\n`)
  process.exitCode = 1
}
