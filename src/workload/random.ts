/** Numbers in [0, 1). */
export type Random = () => number

/**
 * The random numbers that belong to one line, so that a line comes out the same whichever incarnation writes it.
 * The generator is mulberry32.
 */
export function randomOfLine(seed: number, seq: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(seq, 0x85ebca77)) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `min` to `max`, both included. */
export function drawInt(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1))
}
