import { endText, payloadTable, tablePeriodBytes } from './format.js'

const table = new DataView(payloadTable.buffer)
const end = new DataView(Uint8Array.from(endText, (letter) => letter.charCodeAt(0)).buffer)
const endWord = end.getFloat64(0, true)
const endLast = end.getUint8(8)

/**
 * How many of `bytes` bytes at `at` are those of the payload table from `tableOffset` on, up to the first that is
 * not. Eight bytes are compared as one number; printable text is never NaN or zero, so that equal means identical.
 */
export function matchingPayload(view: DataView, at: number, tableOffset: number, bytes: number): number {
  let done = 0
  let from = tableOffset
  while (bytes - done >= 8) {
    if (from >= tablePeriodBytes) from -= tablePeriodBytes
    if (view.getFloat64(at + done, true) !== table.getFloat64(from, true)) break
    done += 8
    from += 8
  }
  while (done < bytes && view.getUint8(at + done) === table.getUint8(from)) {
    done++
    from++
  }
  return done
}

/** Whether the nine bytes at `at` are the end of a line. */
export function endMatches(view: DataView, at: number): boolean {
  return view.getFloat64(at, true) === endWord && view.getUint8(at + 8) === endLast
}

/** How many bytes at `at`, before `to`, are those of the end of a line from its byte `from` on. */
export function matchingEnd(view: DataView, at: number, to: number, from: number): number {
  let done = 0
  while (
    from + done < endText.length &&
    at + done < to &&
    view.getUint8(at + done) === end.getUint8(from + done)
  ) {
    done++
  }
  return done
}
