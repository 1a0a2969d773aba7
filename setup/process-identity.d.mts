export interface RecordedProcess {
  readonly pid: number
  readonly startTime: string | undefined
}

export function startTimeOf(pid: number): string | undefined
export function isRunning(recorded: RecordedProcess): boolean
