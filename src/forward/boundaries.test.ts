import { gzipSync } from 'node:zlib'
import { encode, ExtData } from '@msgpack/msgpack'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBoundaryFinder, type Framed } from './boundaries.js'
import { acknowledgedChunk, chunkName, readMessage } from './message.js'

const time = fc.oneof(
  fc.nat(2 ** 31),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => new ExtData(0, bytes)),
)
const record = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 18 })
const events = fc.array(fc.tuple(time, record), { minLength: 1, maxLength: 18 })
const tag = fc.string({ minLength: 1, maxLength: 40 })
const chunk = fc.option(
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => `${Buffer.from(id).toString('base64')}\n`),
)

interface Sample {
  readonly mode: string
  readonly tag: string | null
  readonly chunk: string | null
  readonly entries: Buffer
  readonly bytes: Buffer
}

function sample(mode: string, parts: [string, ...unknown[]], entries: Uint8Array, id: string | null): Sample {
  const options = id === null ? [] : [{ chunk: id, size: 1 }]
  const bytes = Buffer.from(encode([...parts, ...options]))
  return { mode, tag: parts[0], chunk: id, entries: Buffer.from(entries), bytes }
}

const packed = (list: readonly (readonly [unknown, unknown])[]) =>
  Buffer.concat(list.map((event) => encode(event)))

const messages = fc.oneof(
  fc
    .tuple(tag, time, record, chunk)
    .map(([name, at, value, id]) =>
      sample('message', [name, at, value], Buffer.concat([encode(at), encode(value)]), id),
    ),
  fc.tuple(tag, events, chunk).map(([name, list, id]) => sample('forward', [name, list], encode(list), id)),
  fc.tuple(tag, events, chunk).map(([name, list, id]) => {
    const entries = packed(list)
    return sample('packed-forward', [name, entries], entries, id)
  }),
  // As out_forward does it: the events as a string of 32-bit length, whatever bytes are in it.
  fc.tuple(tag, fc.uint8Array({ maxLength: 1000 }), chunk).map(([name, entries, id]) => {
    const head = Buffer.from([0xdb, 0, 0, entries.length >> 8, entries.length & 255])
    const bytes = Buffer.concat([
      Buffer.from([0x93]),
      encode(name),
      head,
      entries,
      encode(id === null ? { size: 2 } : { size: 2, compressed: 'text', chunk: id }),
    ])
    return { mode: 'packed-forward', tag: name, chunk: id, entries: Buffer.from(entries), bytes }
  }),
  fc.tuple(tag, events, chunk).map(([name, list, id]) => {
    const entries = gzipSync(packed(list))
    const bytes = Buffer.from(
      encode([name, entries, { compressed: 'gzip', ...(id !== null && { chunk: id }) }]),
    )
    return { mode: 'compressed-packed-forward', tag: name, chunk: id, entries, bytes }
  }),
)

/** Pushes a stream cut at the given places; what is found, with the bytes of each message. */
function framesOf(stream: Buffer, cuts: readonly number[]): { framed: Framed; bytes: Buffer }[] {
  const finder = createBoundaryFinder()
  const edges = [0, ...new Set(cuts.map((cut) => cut % (stream.length + 1))), stream.length].sort(
    (a, b) => a - b,
  )
  const found: { framed: Framed; bytes: Buffer }[] = []
  let begun = 0
  for (const [index, edge] of edges.slice(1).entries()) {
    const from = edges[index] ?? 0
    for (const framed of finder.push(stream.subarray(from, edge))) {
      found.push({ framed, bytes: stream.subarray(begun, from + framed.end) })
      begun = from + framed.end
    }
    expect(finder.openBytes).toBe(edge - begun)
  }
  expect(finder.broken).toBe(false)
  return found
}

test('messages of every mode are found and read, however the stream is cut', () => {
  const cutting = fc.array(fc.nat(1e6), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 5 }), cutting, (sent, cuts) => {
      const found = framesOf(Buffer.concat(sent.map(({ bytes }) => bytes)), cuts)
      const read = found.map(({ framed, bytes }): Sample => ({ bytes, ...readMessage(bytes, framed) }))
      expect(read.map(asText)).toEqual(sent.map(asText))
    }),
  )
})

/** Strings are compared at once, buffers byte by byte. */
function asText({ mode, tag: name, chunk: id, entries, bytes }: Sample): string[] {
  return [mode, String(name), String(id), entries.toString('base64'), bytes.toString('base64')]
}

test('byte by byte it finds the same', () => {
  const [one] = fc.sample(messages, 1)
  const stream = Buffer.concat([one!.bytes, one!.bytes])
  const cuts = Array.from(stream, (_, index) => index)
  expect(framesOf(stream, cuts).map(({ bytes }) => bytes)).toEqual([one!.bytes, one!.bytes])
})

test('any msgpack within a message has the extent that it was encoded with', () => {
  fc.assert(
    fc.property(fc.array(fc.anything({ withTypedArray: false, maxDepth: 4 }).filter(encodable)), (values) => {
      const bytes = Buffer.from(encode(values, { maxDepth: 20 }))
      const [found, ...more] = framesOf(bytes, [3])
      expect(more).toEqual([])
      const extents = found!.framed.parts.map(({ start, end }) => bytes.subarray(start, end))
      expect(extents).toEqual(values.map((value) => Buffer.from(encode(value, { maxDepth: 20 }))))
    }),
  )
})

function encodable(value: unknown): boolean {
  try {
    encode(value, { maxDepth: 20 })
    return true
  } catch {
    return false
  }
}

test('what goes beside data is told apart', () => {
  const read = (value: unknown) => {
    const bytes = Buffer.from(encode(value))
    const [found] = framesOf(bytes, [])
    return { mode: readMessage(bytes, found!.framed).mode, ack: acknowledgedChunk(bytes, found!.framed) }
  }
  expect(read(['HELO', { nonce: 'n', keepalive: true }])).toEqual({ mode: 'other', ack: null })
  expect(read(['PING', 'host', 'salt', 'digest', '', ''])).toEqual({ mode: 'handshake', ack: null })
  expect(read(['PONG', true, '', 'host', 'digest'])).toEqual({ mode: 'handshake', ack: null })
  expect(read(null)).toEqual({ mode: 'heartbeat', ack: null })
  expect(read(['', []])).toEqual({ mode: 'heartbeat', ack: null })
  expect(read({ ack: 'abc' })).toEqual({ mode: 'other', ack: 'abc' })
})

test.each([
  ['JSON', Buffer.from('["tag",[[1,{"a":"b"}]]]')],
  ['a JSON object', Buffer.from('{"a":1}')],
  ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])],
  ['a byte that msgpack never uses', Buffer.from([0x93, 0xc1, 0x00])],
  ['nesting without end', Buffer.alloc(2000, 0x91)],
])('%s is not the forward protocol', (_, bytes) => {
  const finder = createBoundaryFinder()
  expect(finder.push(bytes)).toEqual([])
  expect(finder.broken).toBe(true)
})

test("a chunk is named as Fluentd names its files; an id that is none of Fluentd's stays", () => {
  expect(chunkName('AAECAwQFBgcICQoLDA0ODw==\n')).toBe('000102030405060708090a0b0c0d0e0f')
  expect(chunkName('p8n9gmxTQVC8/nh2wlKKeQ==')).toBe('a7c9fd826c534150bcfe7876c2528a79')
  expect(chunkName('my-own-id')).toBe('my-own-id')
})
