import {
  checkAt,
  checkHead,
  checkTail,
  headerBytes,
  identityOf,
  lengthAt,
  lengthFactor,
  mix,
  runAt,
  seqAt,
  seqHighFactor,
  seqLowFactor,
  streamAt,
  timeAt,
  timeHighFactor,
  timeLowFactor,
} from './format.js'

export interface Header {
  readonly run: string
  readonly stream: string
  readonly seq: number
  readonly emittedAtMs: number
  readonly payloadBytes: number
}

/** Why a start is not followed by a header: its bytes end early, or they are not those of a header. */
export type HeaderDamage = 'truncated' | 'header'

const point = 46

/** Reads the header of the line that starts at `at`; the whole of it has to be there. */
export function readHeader(view: DataView, at: number): Header | HeaderDamage {
  const damage = findDamage(view, at, at + headerBytes)
  if (damage !== undefined) return damage
  const run = textOf(view, at + runAt, 8)
  const stream = textOf(view, at + streamAt, 3)
  const seqHigh = numberOf(view, at + seqAt, 7, 10)
  const seqLow = numberOf(view, at + seqAt + 7, 3, 10)
  const timeHigh = numberOf(view, at + timeAt, 8, 10)
  const timeLow = numberOf(view, at + timeAt + 8, 5, 10)
  const payloadBytes = numberOf(view, at + lengthAt, 5, 36)
  const check = mix(
    (identityOf(run, stream) +
      Math.imul(payloadBytes, lengthFactor) +
      Math.imul(seqHigh, seqHighFactor) +
      Math.imul(seqLow, seqLowFactor) +
      Math.imul(timeHigh, timeHighFactor) +
      Math.imul(timeLow, timeLowFactor)) |
      0,
  )
  const holds =
    view.getInt32(at + checkAt, true) === checkHead(check) &&
    view.getUint16(at + checkAt + 4, true) === checkTail(check)
  if (!holds) return 'header'
  const seq = seqHigh * 1000 + seqLow
  if (seq === 0) return 'header'
  return { run, stream, seq, emittedAtMs: timeHigh * 100_000 + timeLow, payloadBytes }
}

/**
 * Finds the first byte in [at, to) that cannot stand there in a header that starts at `at`. A byte that can stand
 * nowhere in a line (a quote, a newline, the start of another line) means that the line was cut off there.
 */
export function findDamage(view: DataView, at: number, to: number): HeaderDamage | undefined {
  for (let place = at + runAt; place < to; place++) {
    const byte = view.getUint8(place)
    if (!fits(byte, place - at)) return isOfLine(byte) ? 'header' : 'truncated'
  }
  return undefined
}

/** Whether a byte can stand in the header or payload of a line. */
export function isOfLine(byte: number): boolean {
  return (
    isDigit(byte) || isLower(byte) || (byte >= 65 && byte <= 90) || (byte >= 45 && byte <= 46) || byte === 95
  )
}

function fits(byte: number, place: number): boolean {
  switch (place) {
    case streamAt - 1:
    case seqAt - 1:
    case timeAt - 1:
    case lengthAt - 1:
    case checkAt - 1:
    case headerBytes - 1:
      return byte === point
    default:
      if (place >= checkAt) return isOfLine(byte) && byte !== point
      if (place >= seqAt && place < lengthAt) return isDigit(byte)
      return isDigit(byte) || isLower(byte)
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

function isLower(byte: number): boolean {
  return byte >= 97 && byte <= 122
}

function textOf(view: DataView, at: number, length: number): string {
  let text = ''
  for (let place = at; place < at + length; place++) text += String.fromCharCode(view.getUint8(place))
  return text
}

function numberOf(view: DataView, at: number, length: number, radix: number): number {
  let value = 0
  for (let place = at; place < at + length; place++) {
    const byte = view.getUint8(place)
    value = value * radix + (byte < 58 ? byte - 48 : byte - 87)
  }
  return value
}
