import type { Lock } from './lock.mjs'

export interface LoggedEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The last lines of the output, indented. */
  readonly tail: string
  /** The file that has all of it. */
  readonly log: string
}

export function runLogged(
  command: readonly string[],
  options: {
    readonly log: string
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string | undefined>>
    readonly signal?: AbortSignal | undefined
    readonly lock?: Lock
  },
): Promise<LoggedEnd>

export function lastLines(path: string, count?: number): string
