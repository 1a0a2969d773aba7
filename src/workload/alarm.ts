/** Lets one loop sleep until something happened or a time has passed. */
export interface Alarm {
  ring(): void
  /** Resolves at the next ring, at once where it rang since the last wait, and at the latest after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>
}

export function createAlarm(): Alarm {
  let rang = false
  let wake: (() => void) | undefined

  return {
    ring() {
      rang = true
      wake?.()
    },
    async wait(timeoutMs) {
      if (!rang) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rang = false
      wake = undefined
    },
  }
}
