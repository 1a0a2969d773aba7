/**
 * One damaged arrival. What counts as one: a start without a whole line after it, together with the next end if that
 * comes before another line; or an end without a start. `stream` and `seq` are given where the header is intact.
 *
 * - `truncated`: the bytes end there, or go on with one that cannot stand in a line
 * - `header`: the start is followed by something else than a header, or an end has no start
 * - `payload`: the header is intact and what follows is not the payload and end of that number
 */
export interface Damage {
  readonly reason: 'truncated' | 'payload' | 'header'
  readonly stream: string | null
  readonly seq: number | null
  /** Bytes from the beginning of the input. */
  readonly offset: number
}

/** An intact header of another run. */
export interface ForeignMarker {
  readonly run: string
  readonly stream: string
  readonly seq: number
  readonly offset: number
}

export interface MarkerSink {
  /**
   * Lines first…last of a stream arrived whole, one after the other. Runs of one stream come in order of arrival;
   * lines of other streams in between do not end a run, damage does not either.
   */
  run(stream: string, first: number, last: number, emittedAtMsFirst: number, emittedAtMsLast: number): void
  corrupted(damage: Damage): void
  foreign(marker: ForeignMarker): void
  /** Every whole line, as it is found, where one needs its place. Costs speed. */
  line?(line: {
    readonly stream: string
    readonly seq: number
    readonly emittedAtMs: number
    readonly offset: number
    readonly lineBytes: number
  }): void
}

export interface MarkerScanner {
  /** Takes the next bytes of the input, however it was cut. They are not kept. */
  scan(chunk: Uint8Array): void
  /** Ends the input: what is incomplete is truncated, open runs are given out. The next `scan` begins another input. */
  end(): void
}
