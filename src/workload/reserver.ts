/** Keeps numbers reserved ahead of the writing, so that no number is written that the ledger doesn't know. */
export interface Reserver {
  /**
   * The highest number that may be written now; below `next` where the reservation is under way. Asks for more in
   * the background, never beyond `upTo`.
   */
  allowed(next: number, upTo: number, linesPerSecond: number | null): number
}

export interface ReserverOptions {
  /** The first number of this incarnation. */
  readonly first: number
  readonly reserve: (upTo: number) => Promise<void>
  /** Called after each reservation, and with the error where one was refused. */
  readonly onAnswer: (error?: unknown) => void
}

const fewest = 32
const most = 16 * 1024
/** At a given rate, what is reserved lasts so long. It is also what a crash leaves indeterminate, so it is short. */
const aheadMs = 200

export function createReserver({ first, reserve, onAnswer }: ReserverOptions): Reserver {
  let reserved = first - 1
  let asking = false
  let ahead = fewest
  let waited = false

  function ask(upTo: number): void {
    asking = true
    reserve(upTo).then(
      () => {
        asking = false
        reserved = upTo
        onAnswer()
      },
      (error: unknown) => onAnswer(error),
    )
  }

  return {
    allowed(next, upTo, linesPerSecond) {
      if (linesPerSecond !== null) {
        ahead = Math.min(most, Math.max(fewest, Math.ceil((linesPerSecond * aheadMs) / 1000)))
      } else if (reserved < next) {
        waited = true
      }
      if (!asking && reserved < upTo && reserved - next < ahead / 2) {
        // Without a rate: where the writing had to wait for an answer, more is reserved at a time.
        if (waited) ahead = Math.min(most, ahead * 2)
        waited = false
        ask(Math.min(upTo, next + ahead))
      }
      return Math.min(reserved, upTo)
    },
  }
}
