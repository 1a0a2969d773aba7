import { messageOf } from '../errors.js'

/** Things to undo, undone in reverse. One that fails keeps no other from being undone. */
/** Given what could not be undone before it, in words. */
type Undo = (failures: readonly string[]) => Promise<void> | void

export interface Teardown {
  /** Registers an undo step; call it before what it undoes is made. */
  defer(what: string, undo: Undo): void
  /** Leaves everything registered so far as it is, for somebody to look into. */
  forget(): void
  /** Undoes everything registered so far; resolves to what went wrong, in words. */
  unwind(): Promise<string[]>
}

export function createTeardown(): Teardown {
  const steps: { what: string; undo: Undo }[] = []
  return {
    defer: (what, undo) => steps.push({ what, undo }),
    forget: () => {
      steps.length = 0
    },
    async unwind() {
      const failures: string[] = []
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step.undo(failures)
        } catch (error) {
          failures.push(`${step.what}: ${messageOf(error)}`)
        }
      }
      return failures
    },
  }
}
