/** Where set-up tells what it does. A step that was begun is ended once, with what became of it. */
export interface SetupProgress {
  say(text: string): void
  begin(text: string): { end(outcome?: string): void }
}

export function createProgress(stream?: {
  readonly isTTY?: boolean
  write(text: string): unknown
}): SetupProgress
