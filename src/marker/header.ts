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
  readonly identity: Identity
  readonly seq: number
  readonly emittedAtMs: number
  readonly payloadBytes: number
}

/** Why a start is not followed by a header: its bytes end early, or they are not those of a header. */
export type HeaderDamage = 'truncated' | 'header'

const point = 46

/** Whose line it is: what its header says, and what that contributes to check and payload. */
export interface Identity {
  readonly run: string
  readonly stream: string
  readonly value: number
}

/** Tells whose line a header of sound form is. Streams of the own run are looked up, since they come all the time. */
export function createIdentifier(ownRun: string): (view: DataView, at: number) => Identity {
  const ownStreams = new Map<number, Identity>()
  return (view, at) => {
    const word = view.getInt32(at + streamAt - 1, true)
    const own = isTextAt(view, at + runAt, ownRun)
    const known = own ? ownStreams.get(word) : undefined
    if (known !== undefined) return known
    const run = own ? ownRun : textOf(view, at + runAt, 8)
    const stream = textOf(view, at + streamAt, 3)
    const identity = { run, stream, value: identityOf(run, stream) }
    if (own) ownStreams.set(word, identity)
    return identity
  }
}

/** Reads the header of the line that starts at `at`; the whole of it has to be there. */
export function readHeader(
  view: DataView,
  at: number,
  identify: (view: DataView, at: number) => Identity,
): Header | HeaderDamage {
  const damage = findDamage(view, at, at + headerBytes)
  if (damage !== undefined) return damage
  const identity = identify(view, at)
  const seqHigh = numberOf(view, at + seqAt, 7, 10)
  const seqLow = numberOf(view, at + seqAt + 7, 3, 10)
  const timeHigh = numberOf(view, at + timeAt, 8, 10)
  const timeLow = numberOf(view, at + timeAt + 8, 5, 10)
  const payloadBytes = numberOf(view, at + lengthAt, 5, 36)
  const check = mix(
    (identity.value +
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
  return { identity, seq, emittedAtMs: timeHigh * 100_000 + timeLow, payloadBytes }
}

const digit = 1
const lower = 2
const upperOrSign = 4
const separator = 8

/** What each byte is, and what may stand at each place of a header, as sets of the kinds above. */
const kinds = new DataView(new ArrayBuffer(256))
const allowed = new DataView(new ArrayBuffer(headerBytes))
for (let byte = 0; byte < 256; byte++) {
  const letter = String.fromCharCode(byte)
  if (/[0-9]/.test(letter)) kinds.setUint8(byte, digit)
  else if (/[a-z]/.test(letter)) kinds.setUint8(byte, lower)
  else if (/[A-Z_-]/.test(letter)) kinds.setUint8(byte, upperOrSign)
  else if (byte === point) kinds.setUint8(byte, separator)
}
for (let place = runAt; place < headerBytes; place++) {
  if (place >= checkAt) allowed.setUint8(place, digit | lower | upperOrSign)
  else if (place >= seqAt && place < lengthAt) allowed.setUint8(place, digit)
  else allowed.setUint8(place, digit | lower)
}
for (const next of [streamAt, seqAt, timeAt, lengthAt, checkAt, headerBytes])
  allowed.setUint8(next - 1, separator)

/**
 * Finds the first byte in [at, to) that cannot stand there in a header that starts at `at`. A byte that can stand
 * nowhere in a line (a quote, a newline, the start of another line) means that the line was cut off there.
 */
export function findDamage(view: DataView, at: number, to: number): HeaderDamage | undefined {
  for (let place = at + runAt; place < to; place++) {
    const kind = kinds.getUint8(view.getUint8(place))
    if ((kind & allowed.getUint8(place - at)) === 0) return kind === 0 ? 'truncated' : 'header'
  }
  return undefined
}

/** Whether a byte can stand in the header or payload of a line. */
export function isOfLine(byte: number): boolean {
  return kinds.getUint8(byte) !== 0
}

function isTextAt(view: DataView, at: number, text: string): boolean {
  for (let place = 0; place < text.length; place++) {
    if (view.getUint8(at + place) !== text.charCodeAt(place)) return false
  }
  return true
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
