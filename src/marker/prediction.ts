import {
  checkAt,
  checkHead,
  checkTail,
  endBytes,
  headerBytes,
  lengthAt,
  lengthFactor,
  mix,
  payloadOffset,
  seqAt,
  seqHighFactor,
  seqLowFactor,
  streamAt,
  timeAt,
  timeHighFactor,
  timeLowFactor,
} from './format.js'
import { endMatches, matchingPayload } from './payload.js'
import type { Header, Identity } from './header.js'

/**
 * What the next line of a stream will look like if it is the successor of the last one: most lines are, so that
 * comparing with this, eight bytes at a time, replaces reading them. Whatever differs takes the slow way.
 */
export interface Prediction {
  readonly stream: string
  /** `.` and the stream's token as a little-endian word, to recognise the stream of a line by. */
  readonly word: number
  readonly identity: number
  /** The header of the last line, with the first seven digits of the next line's number. */
  readonly template: DataView
  /** The next sequence number is seqHigh * 1000 + seqLow. */
  seqHigh: number
  seqLow: number
  /** The last line's time is timeHigh * 100,000 + timeLow. */
  timeHigh: number
  timeLow: number
  payloadBytes: number
  lineBytes: number
  /** The part of the check that does not change from line to line. */
  checkTerm: number

  /** The run of consecutive numbers that the last line belongs to. */
  open: boolean
  openedAs: number
  first: number
  emittedAtMsFirst: number
}

export function createPrediction({ stream, value }: Identity): Prediction {
  return {
    stream,
    word: wordOfStream(stream),
    identity: value,
    template: new DataView(new ArrayBuffer(headerBytes)),
    seqHigh: 0,
    seqLow: 0,
    timeHigh: 0,
    timeLow: 0,
    payloadBytes: 0,
    lineBytes: 0,
    checkTerm: 0,
    open: false,
    openedAs: 0,
    first: 0,
    emittedAtMsFirst: 0,
  }
}

/** The word that `view.getInt32(start + streamWordAt, true)` gives for a line of this stream. */
export function wordOfStream(stream: string): number {
  return 46 | (stream.charCodeAt(0) << 8) | (stream.charCodeAt(1) << 16) | (stream.charCodeAt(2) << 24)
}
export const streamWordAt = streamAt - 1

export function nextSeq(prediction: Prediction): number {
  return prediction.seqHigh * 1000 + prediction.seqLow
}

export function lastEmittedAtMs(prediction: Prediction): number {
  return prediction.timeHigh * 100_000 + prediction.timeLow
}

/** Takes a line that was read the slow way as the last one. Its bytes give the template. */
export function predictAfter(prediction: Prediction, header: Header, headerText: DataView, at: number): void {
  for (let place = 0; place < headerBytes; place++) {
    prediction.template.setUint8(place, headerText.getUint8(at + place))
  }
  prediction.seqHigh = Math.floor(header.seq / 1000)
  prediction.seqLow = header.seq - prediction.seqHigh * 1000
  prediction.timeHigh = Math.floor(header.emittedAtMs / 100_000)
  prediction.timeLow = header.emittedAtMs - prediction.timeHigh * 100_000
  prediction.payloadBytes = header.payloadBytes
  prediction.lineBytes = headerBytes + header.payloadBytes + endBytes
  advanceSeq(prediction)
  setCheckTerm(prediction)
}

// Places in a line that are compared as words of eight or four bytes. Some overlap, so that every byte is in one.
const startToRun = 8
const runToSeq = seqAt - 8
const seqHead = seqAt - 1
const seqTail = seqAt + 7
const timeTail = timeAt + 8
const lengthHead = lengthAt - 1
const lengthTail = checkAt - 4
const checkLast = checkAt + 3

/** The last three digits of a sequence number and the point after them, as little-endian words. */
const lowWords = new DataView(new ArrayBuffer(4000))
for (let low = 0; low < 1000; low++) {
  const word = `${String(low).padStart(3, '0')}.`
  for (let at = 0; at < 4; at++) lowWords.setUint8(low * 4 + at, word.charCodeAt(at))
}

/**
 * Whether the line that starts at `at` is the predicted one, whole and undamaged; all of its `lineBytes` have to be
 * there. If so the prediction moves on to the line after it. Only the last five digits of the time may differ.
 */
export function acceptPredicted(prediction: Prediction, view: DataView, at: number): boolean {
  const template = prediction.template
  if (
    view.getFloat64(at + seqHead, true) !== template.getFloat64(seqHead, true) ||
    view.getInt32(at + seqTail, true) !== lowWords.getInt32(prediction.seqLow << 2, true) ||
    view.getFloat64(at + startToRun, true) !== template.getFloat64(startToRun, true) ||
    view.getFloat64(at + runToSeq, true) !== template.getFloat64(runToSeq, true) ||
    view.getFloat64(at + timeAt, true) !== template.getFloat64(timeAt, true) ||
    view.getInt32(at + lengthHead, true) !== template.getInt32(lengthHead, true) ||
    view.getInt32(at + lengthTail, true) !== template.getInt32(lengthTail, true)
  ) {
    return false
  }
  let timeLow = prediction.timeLow
  const sameTime =
    view.getInt32(at + timeTail, true) === template.getInt32(timeTail, true) &&
    view.getUint8(at + timeTail + 4) === template.getUint8(timeTail + 4)
  if (!sameTime) {
    timeLow = readTimeLow(view, at + timeTail)
    if (timeLow < 0) return false
  }
  const check = mix(
    (prediction.checkTerm + Math.imul(prediction.seqLow, seqLowFactor) + Math.imul(timeLow, timeLowFactor)) |
      0,
  )
  const head = checkHead(check)
  const tail = (head >>> 24) | (checkTail(check) << 8) | (46 << 24)
  if (view.getInt32(at + checkAt, true) !== head || view.getInt32(at + checkLast, true) !== tail) return false

  const seqBits = (Math.imul(prediction.seqHigh, 1000) + prediction.seqLow) | 0
  const payloadBytes = prediction.payloadBytes
  const tableOffset = payloadOffset(prediction.identity, seqBits)
  if (matchingPayload(view, at + headerBytes, tableOffset, payloadBytes) !== payloadBytes) return false
  if (!endMatches(view, at + headerBytes + payloadBytes)) return false

  if (!sameTime) {
    template.setInt32(timeTail, view.getInt32(at + timeTail, true), true)
    template.setUint8(timeTail + 4, view.getUint8(at + timeTail + 4))
    prediction.timeLow = timeLow
  }
  if (prediction.seqLow < 999) prediction.seqLow++
  else {
    advanceSeq(prediction)
    setCheckTerm(prediction)
  }
  return true
}

/** Five digits as a number, or -1 if they are no digits. */
function readTimeLow(view: DataView, at: number): number {
  const a = view.getUint8(at) - 48
  const b = view.getUint8(at + 1) - 48
  const c = view.getUint8(at + 2) - 48
  const d = view.getUint8(at + 3) - 48
  const e = view.getUint8(at + 4) - 48
  if (a >>> 0 > 9 || b >>> 0 > 9 || c >>> 0 > 9 || d >>> 0 > 9 || e >>> 0 > 9) return -1
  return a * 10_000 + b * 1000 + c * 100 + d * 10 + e
}

function advanceSeq(prediction: Prediction): void {
  prediction.seqLow++
  if (prediction.seqLow < 1000) return
  prediction.seqLow = 0
  prediction.seqHigh++
  // After the highest number there is none; the template keeps the digits that no line can follow with.
  let rest = prediction.seqHigh
  for (let place = seqAt + 6; place >= seqAt; place--) {
    prediction.template.setUint8(place, 48 + (rest % 10))
    rest = Math.floor(rest / 10)
  }
}

function setCheckTerm(prediction: Prediction): void {
  prediction.checkTerm =
    (prediction.identity +
      Math.imul(prediction.payloadBytes, lengthFactor) +
      Math.imul(prediction.seqHigh, seqHighFactor) +
      Math.imul(prediction.timeHigh, timeHighFactor)) |
    0
}
