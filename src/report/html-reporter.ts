import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Reporter } from './reporter.js'

/** Writes `report.html` into the directory of each run. */
export function htmlReporter(): Reporter {
  return {
    name: 'html',
    async runEnded(result, directory) {
      // The chart library takes a while to load, and only now is it needed.
      const { renderHtml } = await import('./html.js')
      await writeFile(join(directory, 'report.html'), renderHtml(result))
    },
  }
}
