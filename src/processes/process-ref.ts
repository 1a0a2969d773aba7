/** A process named so that it cannot be mistaken for a later one with the same id. */
export interface ProcessRef {
  readonly pid: number
  /** Opaque; equal only for the same process. On Linux: start time in clock ticks since boot, plus the boot id's first 8 characters. */
  readonly startTime: string
  readonly command: string
  /** It was stopped (SIGSTOP) when it was looked at; absent where not. */
  readonly stopped?: true
}
