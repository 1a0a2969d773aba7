/**
 * The numbered line, byte by byte. Printable ASCII without quotes, backslash, comma, space or any of <>&, so that
 * JSON, msgpack, CSV and the CRI log format carry it as it is and it can be found by scanning bytes.
 *
 *     @gapless:k3v9x2ab.s01.0000001234.1732345678901.00003.Dk3-_x.abc~gapless~
 *     |        |        |   |          |             |     |      |  end
 *     |        |        |   |          |             |     |      payload, the table at an offset from the number
 *     |        |        |   |          |             |     check over all fields before it
 *     |        |        |   |          |             bytes of payload, base 36
 *     |        |        |   |          emitted at, ms since the epoch
 *     |        |        |   sequence number, from 1
 *     |        |        stream
 *     |        run
 *     start
 *
 * Start and end share their middle, and both are searched for: a line that lost or damaged its start still shows
 * by its end. Neither `@` nor `~` can stand anywhere else in a line.
 */
export const startText = '@gapless:'
export const endText = '~gapless~'

/** Where the fields begin, counted from the start of the line. */
export const runAt = 9
export const streamAt = 18
export const seqAt = 22
export const timeAt = 33
export const lengthAt = 47
export const checkAt = 53
export const headerBytes = 60
export const endBytes = 9

const minPayloadBytes = 3
/** Bytes of the shortest line, without the newline. A smaller `lineBytes` is raised to it. */
export const minLineBytes = headerBytes + minPayloadBytes + endBytes
export const maxLineBytes = 2 * 1024 * 1024
export const maxSeq = 9_999_999_999

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const alphabetCodes = new Uint8Array(Array.from(alphabet, (letter) => letter.charCodeAt(0)))

/**
 * The check of a header. Each field goes in by an odd factor modulo 2^32, which maps different values to different
 * ones, so damage within one field always shows; damage to several fields goes unseen once in four thousand million.
 */
export const seqHighFactor = 0x9e3779b1 | 0
export const seqLowFactor = 0x85ebca77 | 0
export const timeHighFactor = 0xc2b2ae3d | 0
export const timeLowFactor = 0x27d4eb2f
export const lengthFactor = 0x165667b1

/** Spreads every bit over all 32, reversibly. */
export function mix(value: number): number {
  let bits = value ^ (value >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

/** What run and stream contribute to check and payload. Two pairs that differ in one character never share it. */
export function identityOf(run: string, stream: string): number {
  let hash = 0x811c9dc5 | 0
  for (const letter of run + stream) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193)
  return hash
}

const checkPairs = new DataView(new ArrayBuffer(4096 * 2))
for (let bits = 0; bits < 4096; bits++) {
  checkPairs.setUint8(bits * 2, alphabet.charCodeAt(bits >>> 6))
  checkPairs.setUint8(bits * 2 + 1, alphabet.charCodeAt(bits & 63))
}

/** The first four characters of a check, as a little-endian word. */
export function checkHead(check: number): number {
  const first = checkPairs.getUint16((check >>> 20) << 1, true)
  return first | (checkPairs.getUint16(((check >>> 8) & 4095) << 1, true) << 16)
}

/** The last two characters of a check, as a little-endian half word. */
export function checkTail(check: number): number {
  return checkPairs.getUint16((check & 255) << 1, true)
}

/**
 * Payloads are cut from one table of random letters that repeats after a prime number of bytes, so that blocks of a
 * long line that changed places show.
 */
export const tablePeriodBytes = 65_521
export const payloadTable = createPayloadTable()

function createPayloadTable(): Uint8Array {
  const table = new Uint8Array(tablePeriodBytes * 2)
  for (let at = 0; at < tablePeriodBytes; at++) {
    table.fill(alphabetCodes.at(mix(Math.imul(at + 1, 0x9e3779b1)) & 63) ?? 0, at, at + 1)
  }
  table.copyWithin(tablePeriodBytes, 0, tablePeriodBytes)
  return table
}

/** Where in the table a line's payload begins; neighbours in a stream never begin at the same place. */
export function payloadOffset(identity: number, seqBits: number): number {
  const offset = (Math.imul(seqBits, 0x9e3779b1) + identity) >>> 16
  return offset < tablePeriodBytes ? offset : offset - tablePeriodBytes
}

const runPattern = /^[0-9a-z]{8}$/
const streamPattern = /^[0-9a-z]{3}$/

export function isRunToken(text: string): boolean {
  return runPattern.test(text)
}

export function isStreamToken(text: string): boolean {
  return streamPattern.test(text)
}
