import { jsonReporter } from '../report/json.js'
import { multiplex } from '../report/reporter.js'
import { terminalReporter } from '../report/terminal.js'
import { analyze } from '../analyze/analyze.js'
import { exitCodes } from './exit-code.js'

/** `gapless analyze RUN_DIR`: judges a stored run again. Resolves to the exit status. */
export async function analyzeCommand(
  directory: string,
  { json, color }: { readonly json?: boolean; readonly color: boolean },
): Promise<number> {
  const result = await analyze(directory)
  const reporter = multiplex([
    terminalReporter({ output: json === true ? process.stderr : process.stdout, color }),
    ...(json === true ? [jsonReporter(process.stdout)] : []),
  ])
  await reporter.runEnded(result, directory)
  const { verdict } = result
  const exitCode = exitCodes[verdict]
  await reporter.end({ verdict, runs: [{ result, directory }], skipped: [], exitCode })
  return exitCode
}
