import {
  checkAt,
  checkHead,
  checkTail,
  endBytes,
  endText,
  headerBytes,
  identityOf,
  isRunToken,
  isStreamToken,
  lengthAt,
  lengthFactor,
  maxLineBytes,
  maxSeq,
  minLineBytes,
  mix,
  payloadOffset,
  payloadTable,
  seqAt,
  seqHighFactor,
  seqLowFactor,
  startText,
  tablePeriodBytes,
  timeAt,
  timeHighFactor,
  timeLowFactor,
} from './format.js'

export interface LineEncoderOptions {
  /** Eight of 0-9a-z. */
  readonly run: string
  /** Three of 0-9a-z. */
  readonly stream: string
  /** Length of every line without its newline; raised to `minLineBytes`. At most `maxLineBytes`. */
  readonly lineBytes: number
}

export interface LineEncoder {
  /** What `encode` writes each time: `lineBytes`, raised to the minimum. */
  readonly lineBytes: number
  /**
   * Writes one line without a newline at `offset` and returns the offset after it. The target must have room for
   * `lineBytes`. `seq` is 1…9,999,999,999, `emittedAtMs` whole milliseconds since the epoch.
   */
  encode(target: Uint8Array, offset: number, seq: number, emittedAtMs: number): number
}

const zero = 48
const pointCode = 46
const endCodes = Uint8Array.from(endText, (letter) => letter.charCodeAt(0))

export function createLineEncoder(options: LineEncoderOptions): LineEncoder {
  const { run, stream } = options
  if (!isRunToken(run)) throw new RangeError(`a run token is eight of 0-9a-z, not ${JSON.stringify(run)}`)
  if (!isStreamToken(stream)) {
    throw new RangeError(`a stream token is three of 0-9a-z, not ${JSON.stringify(stream)}`)
  }
  if (!Number.isInteger(options.lineBytes) || options.lineBytes > maxLineBytes) {
    throw new RangeError(`lineBytes is a whole number up to ${String(maxLineBytes)}`)
  }
  const lineBytes = Math.max(minLineBytes, options.lineBytes)
  const payloadBytes = lineBytes - headerBytes - endBytes
  const identity = identityOf(run, stream)
  const lengthText = payloadBytes.toString(36).padStart(checkAt - lengthAt - 1, '0')
  const blank = `${startText}${run}.${stream}.${'0'.repeat(10)}.${'0'.repeat(13)}.${lengthText}.${'A'.repeat(6)}.`
  const header = Uint8Array.from(blank, (letter) => letter.charCodeAt(0))
  const constantTerm = (identity + Math.imul(payloadBytes, lengthFactor)) | 0
  let emittedAtMsInHeader = 0

  return {
    lineBytes,
    encode(target, offset, seq, emittedAtMs) {
      if (!(seq >= 1 && seq <= maxSeq)) throw new RangeError(`sequence number ${String(seq)} is out of range`)
      writeDigits(header, seqAt, 10, seq)
      if (emittedAtMs !== emittedAtMsInHeader) {
        if (!(Number.isInteger(emittedAtMs) && emittedAtMs >= 0 && emittedAtMs < 1e13)) {
          throw new RangeError(
            `time ${String(emittedAtMs)} is not a whole number of milliseconds since the epoch`,
          )
        }
        writeDigits(header, timeAt, 13, emittedAtMs)
        emittedAtMsInHeader = emittedAtMs
      }
      writeCheck(header, checkOf(constantTerm, seq, emittedAtMs))
      const end = offset + lineBytes
      if (end > target.length) throw new RangeError('the target has no room for a line')
      target.set(header, offset)
      writePayload(target, offset + headerBytes, payloadBytes, payloadOffset(identity, seq | 0))
      target.set(endCodes, end - endBytes)
      return end
    },
  }
}

export interface Line extends LineEncoderOptions {
  readonly seq: number
  readonly emittedAtMs: number
}

/** One line at a time; an emitter makes one encoder per stream instead. Returns the offset after the line. */
export function encodeLine(target: Uint8Array, offset: number, line: Line): number {
  return createLineEncoder(line).encode(target, offset, line.seq, line.emittedAtMs)
}

/** The line as text, for tests, messages and documentation. */
export function lineText(line: Line): string {
  const encoder = createLineEncoder(line)
  const bytes = new Uint8Array(encoder.lineBytes)
  encoder.encode(bytes, 0, line.seq, line.emittedAtMs)
  return new TextDecoder().decode(bytes)
}

function checkOf(constantTerm: number, seq: number, emittedAtMs: number): number {
  const seqHigh = Math.floor(seq / 1000)
  const timeHigh = Math.floor(emittedAtMs / 100_000)
  const seqTerm = Math.imul(seqHigh, seqHighFactor) + Math.imul(seq - seqHigh * 1000, seqLowFactor)
  const timeTerm =
    Math.imul(timeHigh, timeHighFactor) + Math.imul(emittedAtMs - timeHigh * 100_000, timeLowFactor)
  return mix((constantTerm + seqTerm + timeTerm) | 0)
}

function writeDigits(target: Uint8Array, at: number, width: number, value: number): void {
  let high = Math.floor(value / 1_000_000)
  let low = value - high * 1_000_000
  for (let place = at + width - 1; place >= at; place--) {
    // The low six digits and those above them are small integers each; dividing the whole number is far slower.
    if (place >= at + width - 6) {
      target[place] = zero + (low % 10)
      low = (low / 10) | 0
    } else {
      target[place] = zero + (high % 10)
      high = (high / 10) | 0
    }
  }
}

function writeCheck(header: Uint8Array, check: number): void {
  const head = checkHead(check)
  const tail = checkTail(check)
  header[checkAt] = head
  header[checkAt + 1] = head >>> 8
  header[checkAt + 2] = head >>> 16
  header[checkAt + 3] = head >>> 24
  header[checkAt + 4] = tail
  header[checkAt + 5] = tail >>> 8
  header[checkAt + 6] = pointCode
}

function writePayload(target: Uint8Array, at: number, bytes: number, tableOffset: number): void {
  let written = 0
  let from = tableOffset
  while (written < bytes) {
    const part = Math.min(bytes - written, tablePeriodBytes)
    target.set(payloadTable.subarray(from, from + part), at + written)
    written += part
    from = (from + part) % tablePeriodBytes
  }
}
