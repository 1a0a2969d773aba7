import { GaplessError } from '../errors.js'

/**
 * The first Ctrl-C (or SIGTERM, SIGHUP) asks for an orderly end, the second quits at once; what was started ends
 * with this process either way. A reader of our output that goes away (`gapless run | head`) asks for it too.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    process.stderr.write('\nInterrupted: tidying up (once more to quit at once)\n')
    controller.abort(new GaplessError('interrupted', { code: 'interrupted' }))
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (!controller.signal.aborted) onSignal()
  })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  return controller.signal
}
