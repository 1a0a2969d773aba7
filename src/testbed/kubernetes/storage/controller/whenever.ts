interface Changing {
  onChange(listener: () => void): () => void
}

/**
 * Does something now, whenever one of the lists has changed, and again after a while: never twice at the same time, and
 * once more where a change came while it was at it. Disposing resolves when it is no longer at it.
 */
export function whenever(
  watches: readonly Changing[],
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): AsyncDisposable {
  let over = false
  let again = false
  let working: Promise<void> | undefined

  const begin = () => {
    if (over) return
    if (working) {
      again = true
      return
    }
    again = false
    working = work()
      .catch(onError)
      .then(() => {
        working = undefined
        if (again) begin()
      })
  }
  const stops = watches.map((watch) => watch.onChange(begin))
  const timer = setInterval(begin, everyMs)
  begin()
  return {
    [Symbol.asyncDispose]: async () => {
      over = true
      clearInterval(timer)
      for (const stop of stops) stop()
      await working
    },
  }
}
