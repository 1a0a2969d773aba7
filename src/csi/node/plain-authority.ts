import { Transform, type TransformCallback } from 'node:stream'

/** What an HTTP/2 connection begins with, before its frames. */
const prefaceBytes = 24
const headBytes = 9
const headersFrame = 1
const flags = { padded: 0x08, priority: 0x20 } as const
/** What `:authority` is in HPACK's table of names. */
const authorityIndex = 1
/** Not longer than any other: see below. */
const replacement = Buffer.from('n')

/**
 * Go's gRPC names the socket's path as the authority of its requests, which the HTTP/2 of Node.js refuses, because no
 * authority has slashes. This passes a client's bytes on with another authority in place of it. HPACK's strings
 * are not decoded, only skipped. A shorter entry of the dynamic table leaves room for others to stay there longer than
 * the client counts on, which refers to entries by how new they are, and so notices nothing.
 */
export function plainAuthority(): Transform {
  let held: Buffer = Buffer.alloc(0)
  let begun = false

  function take(): Buffer | undefined {
    if (!begun) {
      if (held.length < prefaceBytes) return undefined
      begun = true
      return cut(prefaceBytes)
    }
    if (held.length < headBytes) return undefined
    const length = headBytes + held.readUIntBE(0, 3)
    return held.length < length ? undefined : withPlainAuthority(cut(length))
  }

  function cut(length: number): Buffer {
    const taken = held.subarray(0, length)
    held = held.subarray(length)
    return taken
  }

  return new Transform({
    transform(chunk: Buffer, _, done: TransformCallback) {
      held = Buffer.concat([held, chunk])
      for (let part = take(); part !== undefined; part = take()) this.push(part)
      done()
    },
    flush(done) {
      done(null, held)
    },
  })
}

/** Header blocks of requests to a node plugin fit into one frame: of those that go on in another this leaves the rest. */
function withPlainAuthority(frame: Buffer): Buffer {
  if (frame[3] !== headersFrame) return frame
  const has = (flag: number) => ((frame[4] ?? 0) & flag) !== 0
  const blockStart = headBytes + (has(flags.padded) ? 1 : 0) + (has(flags.priority) ? 5 : 0)
  const blockEnd = frame.length - (has(flags.padded) ? (frame[headBytes] ?? 0) : 0)
  const block = replaced(frame.subarray(blockStart, blockEnd))
  const head = Buffer.from(frame.subarray(0, blockStart))
  const rest = frame.subarray(blockEnd)
  head.writeUIntBE(head.length - headBytes + block.length + rest.length, 0, 3)
  return Buffer.concat([head, block, rest])
}

function replaced(block: Buffer): Buffer {
  const parts: Buffer[] = []
  let at = 0
  while (at < block.length) {
    const start = at
    const first = block[at] ?? 0
    // An indexed field, or a change of the table's size: one number.
    if ((first & 0x80) !== 0 || (first & 0xe0) === 0x20) {
      at = numberAt(block, at, (first & 0x80) !== 0 ? 7 : 5).next
    } else {
      const name = numberAt(block, at, (first & 0x40) !== 0 ? 6 : 4)
      const value = name.value === 0 ? afterString(block, name.next) : name.next
      at = afterString(block, value)
      if (name.value === authorityIndex && at - value > 1) {
        parts.push(block.subarray(start, value), Buffer.from([replacement.length]), replacement)
        continue
      }
    }
    parts.push(block.subarray(start, at))
  }
  return Buffer.concat(parts)
}

function afterString(block: Buffer, at: number): number {
  const length = numberAt(block, at, 7)
  return length.next + length.value
}

/** A number whose first `bits` bits are the last ones of the byte at `at`. */
function numberAt(
  block: Buffer,
  at: number,
  bits: number,
): { readonly value: number; readonly next: number } {
  const limit = 2 ** bits - 1
  let value = (block[at] ?? 0) & limit
  let next = at + 1
  if (value < limit) return { value, next }
  for (let shift = 0; ; shift += 7) {
    const byte = block[next++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if ((byte & 0x80) === 0) return { value, next }
  }
}
