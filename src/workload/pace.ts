/** When which number is due: computed from the start of a command, so that late ticks don't add up. */
export interface Pace {
  /** The highest number that is due at this time. */
  readonly dueUpTo: (nowMs: number) => number
}

export interface PaceOptions {
  readonly startedAtMs: number
  /** The first number that the command leaves to be written. */
  readonly first: number
  readonly upTo: number
  /** null: everything is due at once. */
  readonly linesPerSecond: number | null
}

export function createPace({ startedAtMs, first, upTo, linesPerSecond }: PaceOptions): Pace {
  return {
    dueUpTo(nowMs) {
      if (linesPerSecond === null) return upTo
      return Math.min(upTo, first - 1 + Math.floor(((nowMs - startedAtMs) * linesPerSecond) / 1000))
    },
  }
}
