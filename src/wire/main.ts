import { constants, setPriority } from 'node:os'
import { parseProgramConfig } from '../program/config.js'
import { runProgram } from '../program/run.js'
import { wireConfigSchema } from './config.js'
import { openTap } from './tap.js'

// What the wire itself takes should be as little as it can, also on a busy machine. Not everybody may ask for that.
try {
  setPriority(constants.priority.PRIORITY_HIGH)
} catch {
  // Then it waits its turn.
}

/** The tap's program; see `runProgram` for when it ends. */
await runProgram(async () => {
  const config = parseProgramConfig('tap', wireConfigSchema, process.argv[2] ?? process.env.GAPLESS_WIRE)
  const tap = await openTap(config)
  return {
    ready: { pid: process.pid, controlPort: tap.controlPort },
    [Symbol.asyncDispose]: () => tap[Symbol.asyncDispose](),
  }
})
