import { type Result, type Verdict } from '../store/result.js'
import { type Reporter } from './reporter.js'

/** What `--json` prints; each run is as in its `result.json`. */
interface JsonDocument {
  readonly verdict: Verdict
  readonly runs: readonly Result[]
}

function renderJson(document: JsonDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`
}

/** One JSON document at the very end, and nothing else. */
export function jsonReporter(output: NodeJS.WritableStream): Reporter {
  return {
    name: 'json',
    async end({ verdict, runs }) {
      const text = renderJson({ verdict, runs: runs.map(({ result }) => result) })
      // A pipe takes a long document in pieces: to exit before the last one is written would cut it off.
      await new Promise<void>((resolve, reject) => {
        output.write(text, (error) => (error ? reject(error) : resolve()))
      })
    },
  }
}
