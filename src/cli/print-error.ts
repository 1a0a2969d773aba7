import { isGaplessError, messageOf } from '../errors.js'

/** What was wrong, what to do, and the command to paste; a stack only for what should not have happened. */
export function printError(error: unknown): void {
  process.stderr.write(`${describeError(error)}\n`)
}

export function describeError(error: unknown): string {
  if (!isGaplessError(error)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
    return `gapless: this should not have happened; please report it.\n${stack}`
  }
  const { message, hint, command } = error
  return [`gapless: ${message}`, hint, command && `  ${command}`].filter((line) => line).join('\n')
}
