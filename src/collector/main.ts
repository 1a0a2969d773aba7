import { parseProgramConfig } from '../program/config.js'
import { runProgram } from '../program/run.js'
import { openCollector } from './collector.js'
import { collectorConfigSchema } from './config.js'

/** The collector's program; see `runProgram` for when it ends. */
await runProgram(async () => {
  const json = process.argv[2] ?? process.env.GAPLESS_COLLECTOR
  const collector = await openCollector(parseProgramConfig('collector', collectorConfigSchema, json))
  const { bootId, dataPort, forwardPort, controlPort } = collector
  return {
    ready: { pid: process.pid, bootId, dataPort, forwardPort, controlPort },
    [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
  }
})
