import { parseProgramConfig } from '../program/config.js'
import { runProgram } from '../program/run.js'
import { wireConfigSchema } from './config.js'
import { openTap } from './tap.js'

/** The tap's program; see `runProgram` for when it ends. */
await runProgram(async () => {
  const config = parseProgramConfig('tap', wireConfigSchema, process.argv[2] ?? process.env.GAPLESS_WIRE)
  const tap = await openTap(config)
  return {
    ready: { pid: process.pid, controlPort: tap.controlPort },
    [Symbol.asyncDispose]: () => tap[Symbol.asyncDispose](),
  }
})
