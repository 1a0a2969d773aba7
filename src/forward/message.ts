import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { decode } from '@msgpack/msgpack'
import { type Framed, type Part } from './boundaries.js'

/** The modes of the forward protocol v1; `handshake` is HELO, PING or PONG, `heartbeat` a message without events. */
export const modes = [
  'message',
  'forward',
  'packed-forward',
  'compressed-packed-forward',
  'handshake',
  'heartbeat',
  'other',
] as const
export type Mode = (typeof modes)[number]

export interface ForwardMessage {
  readonly mode: Mode
  readonly tag: string | null
  /** The option `chunk`, as it came: whoever sent it waits for it in an acknowledgement. */
  readonly chunk: string | null
  /** How the events are compressed; any name but 'gzip' is one that cannot be read here. */
  readonly compressed: string | null
  /** The events as they came: compressed where `compressed` says so. */
  readonly entries: Buffer
}

/** What the bytes of one message say, as `createBoundaryFinder` found it. */
export function readMessage(bytes: Buffer, { type, parts }: Pick<Framed, 'type' | 'parts'>): ForwardMessage {
  const nothing = { tag: null, chunk: null, compressed: null, entries: bytes.subarray(0, 0) }
  if (type === 'nil') return { mode: 'heartbeat', ...nothing }
  const [first, second, third] = parts
  if (type !== 'array' || first?.type !== 'string' || second === undefined)
    return { mode: 'other', ...nothing }
  if (parts.length > 4) return { mode: 'handshake', ...nothing }
  const tag = contentOf(bytes, first).toString('utf8')
  if (second.type === 'array') {
    const entries = bytes.subarray(second.start, second.end)
    const mode = second.end - second.contentStart === 0 ? 'heartbeat' : 'forward'
    return { mode, tag, compressed: null, entries, chunk: optionsOf(bytes, third).chunk }
  }
  if (second.type === 'string' || second.type === 'binary') {
    const entries = contentOf(bytes, second)
    const { chunk, compressed } = optionsOf(bytes, third)
    const mode = compressed === null ? 'packed-forward' : 'compressed-packed-forward'
    return { mode, tag, chunk, compressed, entries }
  }
  if (third === undefined || second.type === 'map') return { mode: 'other', ...nothing }
  const entries = bytes.subarray(second.start, third.end)
  return { mode: 'message', tag, compressed: null, entries, chunk: optionsOf(bytes, parts[3]).chunk }
}

/** The events, gunzipped; null where they are compressed in a way that cannot be read here, or damaged. */
export async function unpackEntries({ entries, compressed }: ForwardMessage): Promise<Buffer | null> {
  if (compressed === null) return entries
  if (compressed !== 'gzip') return null
  try {
    return await promisify(gunzip)(entries, { maxOutputLength: unpackedLimitBytes })
  } catch {
    return null
  }
}

const unpackedLimitBytes = 1024 ** 3

/** The chunk that a message of the aggregator acknowledges; null where it is something else. */
export function acknowledgedChunk(bytes: Buffer, { type }: Pick<Framed, 'type'>): string | null {
  if (type !== 'map') return null
  const ack = recordOf(decodeOrNothing(bytes)).ack
  return typeof ack === 'string' ? ack : null
}

/**
 * A chunk's id as it stands in Fluentd's log and in the names of its buffer files: hexadecimal, where on the wire it
 * is base64. An id that is none of Fluentd's stays as it is.
 */
export function chunkName(chunk: string): string {
  const bytes = Buffer.from(chunk, 'base64')
  return bytes.length === 16 && bytes.toString('base64') === chunk.trim() ? bytes.toString('hex') : chunk
}

function optionsOf(
  bytes: Buffer,
  part: Part | undefined,
): { chunk: string | null; compressed: string | null } {
  const options = part?.type === 'map' ? recordOf(decodeOrNothing(bytes.subarray(part.start, part.end))) : {}
  const { chunk, compressed } = options
  return {
    chunk: typeof chunk === 'string' ? chunk : null,
    compressed: typeof compressed === 'string' && compressed !== 'text' ? compressed : null,
  }
}

function contentOf(bytes: Buffer, { contentStart, end }: Part): Buffer {
  return bytes.subarray(contentStart, end)
}

function decodeOrNothing(bytes: Buffer): unknown {
  try {
    return decode(bytes)
  } catch {
    return undefined
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
