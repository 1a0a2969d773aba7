/** Writes the time of now into `target` at `at`, as `2026-01-02T03:04:05.123456789Z`. */
export type Stamp = (target: Buffer, at: number) => void

export const timestampBytes = 30

const nanosPerSecond = 1_000_000_000

/**
 * Stamps by the wall clock, refined by the monotonic one, without making a string for every line: the text of a
 * second is kept, and the digits after the point are written one by one. Of each read one clock is followed; `begin`
 * is called before it, and takes up what the wall clock says where the two have come apart.
 */
export function wallClock(): { readonly stamp: Stamp; readonly begin: () => void } {
  const text = Buffer.alloc(timestampBytes)
  let secondBeganAt = Number.NaN

  function beginSecond(wallMs: number, monotonicMs: number): void {
    text.write(new Date(wallMs).toISOString().slice(0, 20) + '000000000Z', 'latin1')
    secondBeganAt = monotonicMs - (wallMs % 1000)
  }

  function begin(): void {
    const wallMs = Date.now()
    const monotonicMs = performance.now()
    const saidMs = monotonicMs - secondBeganAt
    // The wall clock is cut to whole milliseconds; more than two apart means that it was set.
    const behindMs = (wallMs % 1000) - saidMs
    if (!(Math.abs(behindMs) <= 2) || saidMs >= 1000) beginSecond(wallMs, monotonicMs)
  }

  function stamp(target: Buffer, at: number): void {
    let nanos = Math.floor((performance.now() - secondBeganAt) * 1_000_000)
    if (!(nanos < nanosPerSecond)) {
      beginSecond(Date.now(), performance.now())
      nanos = Math.min(Math.floor((performance.now() - secondBeganAt) * 1_000_000), nanosPerSecond - 1)
    }
    text.copy(target, at)
    for (let digit = at + 28; digit >= at + 20; digit -= 1) {
      target[digit] = 0x30 + (nanos % 10)
      nanos = Math.floor(nanos / 10)
    }
  }

  return { stamp, begin }
}
