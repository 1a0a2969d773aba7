/**
 * Finds where the messages of a msgpack stream begin and end, however it was cut, without decoding them: a chunk of
 * Fluentd's is one string of megabytes that need not be UTF-8, and all that is wanted of it is its extent.
 */

export type ValueType = 'nil' | 'boolean' | 'number' | 'string' | 'binary' | 'extension' | 'array' | 'map'

/** A value directly within a message; offsets in bytes from the message's first. */
export interface Part {
  readonly type: ValueType
  readonly start: number
  readonly end: number
  /** Where the content of a string or of binary data begins. */
  readonly contentStart: number
}

/** One top-level value of the stream. */
export interface Framed {
  readonly type: ValueType
  /** Where it ends, in the bytes that were pushed last. */
  readonly end: number
  /** The elements of an array; keys and values of a map. */
  readonly parts: readonly Part[]
}

export interface BoundaryFinder {
  /** Messages that end within these bytes, in order. */
  push(bytes: Uint8Array): Framed[]
  /** Bytes of a message that has begun and not ended. */
  readonly openBytes: number
  /** What came is not the forward protocol in msgpack (JSON, TLS, noise): nothing is found from then on. */
  readonly broken: boolean
}

interface Header {
  readonly type: ValueType
  /** Bytes of the length or count that follow the first byte. */
  readonly lengthBytes: number
  /** The length or count where the first byte has it. */
  readonly length: number
  /** Bytes that belong to the content beyond the length: the type of an extension. */
  readonly extraBytes: number
}

/** Deeper than anything that Fluentd sends; what nests deeper is an attack on memory. */
const maxDepth = 512

export function createBoundaryFinder(): BoundaryFinder {
  let openBytes = 0
  let broken = false
  /** How many values each open container still lacks, outermost first. */
  const lacking: number[] = []
  let topType: ValueType = 'nil'
  let parts: Part[] = []
  let part = { type: 'nil' as ValueType, start: 0, contentStart: 0 }
  let header: Header | undefined
  let lengthBytesLeft = 0
  let length = 0
  let contentLeft = 0

  /** False: no such value can stand here. */
  function beginValue(first: number): boolean {
    header = headers[first]
    if (header === undefined) {
      broken = true
      return false
    }
    if (lacking.length === 0) {
      topType = header.type
      // Messages are arrays, acknowledgements maps, and nil is a heartbeat. JSON and TLS begin as small numbers.
      broken = topType !== 'array' && topType !== 'map' && topType !== 'nil'
    } else if (lacking.length === 1) {
      part = { type: header.type, start: openBytes - 1, contentStart: 0 }
    }
    length = header.length
    lengthBytesLeft = header.lengthBytes
    return !broken
  }

  /** The header is complete. True: the value is, too. */
  function beginContent({ type, extraBytes }: Header): boolean {
    header = undefined
    if (lacking.length === 1) part.contentStart = openBytes
    if (type === 'array' || type === 'map') {
      if (length === 0) return true
      lacking.push(type === 'map' ? 2 * length : length)
      broken = lacking.length > maxDepth
      return false
    }
    contentLeft = length + extraBytes
    return contentLeft === 0
  }

  /** True: with this value the message has ended. */
  function endValue(): boolean {
    for (;;) {
      if (lacking.length === 0) return true
      if (lacking.length === 1) parts.push({ ...part, end: openBytes })
      const left = (lacking.pop() ?? 1) - 1
      if (left > 0) {
        lacking.push(left)
        return false
      }
    }
  }

  function push(bytes: Uint8Array): Framed[] {
    const found: Framed[] = []
    let at = 0
    while (at < bytes.length && !broken) {
      let complete = false
      if (contentLeft > 0) {
        const taken = Math.min(contentLeft, bytes.length - at)
        contentLeft -= taken
        at += taken
        openBytes += taken
        complete = contentLeft === 0
      } else {
        const byte = bytes[at] ?? 0
        at += 1
        openBytes += 1
        if (header === undefined) {
          if (!beginValue(byte)) break
        } else {
          length = length * 256 + byte
          lengthBytesLeft -= 1
        }
        if (header !== undefined && lengthBytesLeft === 0) complete = beginContent(header)
      }
      if (complete && endValue()) {
        found.push({ type: topType, end: at, parts })
        parts = []
        openBytes = 0
      }
    }
    return found
  }

  return {
    push,
    get openBytes() {
      return openBytes
    },
    get broken() {
      return broken
    },
  }
}

/** What each possible first byte of a value says; undefined for the one that has no meaning. */
const headers: readonly (Header | undefined)[] = Array.from({ length: 256 }, (_, first) => headerOf(first))

function headerOf(first: number): Header | undefined {
  const fixed = (type: ValueType, length: number): Header => ({ type, lengthBytes: 0, length, extraBytes: 0 })
  const sized = (type: ValueType, lengthBytes: number, extraBytes = 0): Header => ({
    type,
    lengthBytes,
    length: 0,
    extraBytes,
  })
  if (first < 0x80 || first >= 0xe0) return fixed('number', 0)
  if (first < 0x90) return fixed('map', first & 0x0f)
  if (first < 0xa0) return fixed('array', first & 0x0f)
  if (first < 0xc0) return fixed('string', first & 0x1f)
  switch (first) {
    case 0xc0:
      return fixed('nil', 0)
    case 0xc2:
    case 0xc3:
      return fixed('boolean', 0)
    case 0xca:
      return fixed('number', 4)
    case 0xcb:
      return fixed('number', 8)
    case 0xdc:
    case 0xdd:
      return sized('array', first === 0xdc ? 2 : 4)
    case 0xde:
    case 0xdf:
      return sized('map', first === 0xde ? 2 : 4)
  }
  if (first >= 0xc4 && first <= 0xc6) return sized('binary', 1 << (first - 0xc4))
  if (first >= 0xc7 && first <= 0xc9) return sized('extension', 1 << (first - 0xc7), 1)
  if (first >= 0xcc && first <= 0xcf) return fixed('number', 1 << (first - 0xcc))
  if (first >= 0xd0 && first <= 0xd3) return fixed('number', 1 << (first - 0xd0))
  if (first >= 0xd4 && first <= 0xd8) return fixed('extension', 1 + (1 << (first - 0xd4)))
  if (first >= 0xd9 && first <= 0xdb) return sized('string', 1 << (first - 0xd9))
  return undefined
}
