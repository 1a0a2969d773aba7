import { parseProgramConfig } from '../../program/config.js'
import { runProgram } from '../../program/run.js'
import { nodePluginConfigSchema } from './config.js'
import { openNodePlugin } from './plugin.js'

/** The node plugin's program, in a pod of each node; see `runProgram` for when it ends. */
await runProgram(async () => {
  const config = parseProgramConfig('node plugin', nodePluginConfigSchema, process.argv[2])
  const plugin = await openNodePlugin(config)
  return { ready: config, [Symbol.asyncDispose]: () => plugin[Symbol.asyncDispose]() }
})
