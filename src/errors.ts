/**
 * Every error that a person is meant to read. `code` is stable and meant for scripts; `hint` says what to do
 * next; `command` is what failed, ready to paste into a shell.
 */
export interface GaplessErrorOptions {
  readonly code: GaplessErrorCode
  readonly hint?: string
  readonly command?: string
  readonly cause?: unknown
}

export type GaplessErrorCode =
  | 'usage' // wrong arguments or input: exit status 2
  | 'not-served' // a cluster, once it stood, had less than its testbed has at best: the run is skipped
  | 'scenario-invalid'
  | 'requirement-missing' // a program, header or version that is not to be had here
  | 'setup-failed'
  | 'pipeline-refused' // Fluentd refused its configuration or did not become ready
  | 'port-taken'
  | 'store-not-writable'
  | 'timeout'
  | 'interrupted'
  | 'instrument' // a part of gapless itself failed; the run is worth nothing

export class GaplessError extends Error {
  override readonly name: string = 'GaplessError'
  readonly code: GaplessErrorCode
  readonly hint: string | undefined
  readonly command: string | undefined

  constructor(message: string, options: GaplessErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.hint = options.hint
    this.command = options.command
  }
}

export function isGaplessError(error: unknown): error is GaplessError {
  return error instanceof GaplessError
}

/** The message of whatever was thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
