import { parseProgramConfig } from '../../../../program/config.js'
import { runProgram } from '../../../../program/run.js'
import { controllerConfigSchema } from './config.js'
import { openController } from './controller.js'

/** The storage controller's program, on this machine; see `runProgram` for when it ends. */
await runProgram(async () => {
  const config = parseProgramConfig('storage controller', controllerConfigSchema, process.argv[2])
  const controller = await openController(config)
  return { ready: { pid: process.pid }, [Symbol.asyncDispose]: () => controller[Symbol.asyncDispose]() }
})
