import { endText, startText } from './format.js'

/**
 * How far a window of nine bytes may move on, by the byte that is last in it: 9 for most bytes, less for those that
 * stand inside a start or an end, 0 for the last byte of either, which asks for a closer look.
 */
const shifts = new DataView(new ArrayBuffer(256))
const windowBytes = startText.length
const colon = 58
const tilde = 126
for (let byte = 0; byte < 256; byte++) shifts.setUint8(byte, windowBytes)
for (const text of [startText, endText]) {
  for (let at = 0; at < windowBytes - 1; at++) shifts.setUint8(text.charCodeAt(at), windowBytes - 1 - at)
}
shifts.setUint8(colon, 0)
shifts.setUint8(tilde, 0)

const startWord = wordOf(startText)
const endWord = wordOf(endText)

function wordOf(text: string): number {
  const view = new DataView(new ArrayBuffer(8))
  for (let at = 0; at < 8; at++) view.setUint8(at, text.charCodeAt(at))
  return view.getFloat64(0, true)
}

/** Whether a line starts here. Eight bytes are compared as one number, which for printable text is exact. */
export function isStartAt(view: DataView, at: number): boolean {
  return view.getFloat64(at, true) === startWord && view.getUint8(at + 8) === colon
}

/**
 * Finds the first start or end of a line that lies whole within [from, to). Returns its offset, or, where there is
 * none, `-1 - next`, with `next` the first offset at which one could begin that the bytes to come complete.
 */
export function findStartOrEnd(view: DataView, from: number, to: number): number {
  let last = from + windowBytes - 1
  while (last < to) {
    const byte = view.getUint8(last)
    const shift = shifts.getUint8(byte)
    // Comparing first lets the processor run ahead; most bytes between lines move the window by its whole width.
    if (shift === windowBytes) {
      last += windowBytes
    } else if (shift > 0) {
      last += shift
    } else {
      const word = view.getFloat64(last - 8, true)
      if (word === (byte === colon ? startWord : endWord)) return last - 8
      last += byte === colon ? windowBytes : windowBytes - 1
    }
  }
  return -1 - Math.min(last - windowBytes + 1, to)
}
