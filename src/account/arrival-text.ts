import type { ZodType } from 'zod'

import type { Arrival } from '../collector/protocol.js'
import { createLedgerTextReader, type LedgerTextReader } from './ledger-text.js'

export interface ArrivalTextOptions {
  /** What messages call the ledger, e.g. the file's path. */
  readonly name: string
  /** `arrivalSchema`. Handed in because loading zod takes more memory than judging a billion lines does. */
  readonly schema: ZodType<Arrival>
  readonly use: (arrival: Arrival) => void
}

/**
 * Reads the text of `arrivals.ndjson`. Entries of requests without anything amiss, which are all but a few, are read
 * from their bytes several times faster than JSON and schema do it; all others by these.
 */
export function createArrivalTextReader(options: ArrivalTextOptions): LedgerTextReader {
  return createLedgerTextReader({ ...options, readQuickly: createQuickReader() })
}

/**
 * Knows the text that JSON.stringify gives for `{ atMs, request, path, raw, runs }` with whole numbers and plain text,
 * without space between. At the first byte that is different it gives up.
 */
function createQuickReader(): (bytes: Uint8Array, from: number, to: number) => Arrival | undefined {
  let bytes: Uint8Array = new Uint8Array(0)
  let at = 0
  let end = 0
  /** The same few texts come again and again: one string each is enough. */
  let texts: { readonly bytes: Uint8Array; readonly text: string }[] = []

  function literal(expected: Uint8Array): boolean {
    if (at + expected.length > end) return false
    for (let place = 0; place < expected.length; place++) {
      if (bytes[at + place] !== expected[place]) return false
    }
    at += expected.length
    return true
  }

  /** Up to 15 digits without a leading zero; -1 if there are none, or if the number goes on in another way. */
  function whole(): number {
    const start = at
    let value = 0
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - zero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const digits = at - start
    if (digits === 0 || digits > 15 || (digits > 1 && bytes[start] === zero)) return -1
    return value
  }

  function text(): string | undefined {
    if (bytes[at] !== quote) return undefined
    for (const known of texts) if (literal(known.bytes)) return known.text
    let stop = at + 1
    for (let byte = bytes[stop]; byte !== quote; byte = bytes[++stop]) {
      if (byte === undefined || stop >= end || byte === backslash || byte < 32 || byte > 126) return undefined
    }
    const quoted = new Uint8Array(bytes.subarray(at, stop + 1))
    const known = { bytes: quoted, text: String.fromCharCode(...quoted.subarray(1, -1)) }
    texts = [known, ...texts.slice(0, 15)]
    at = stop + 1
    return known.text
  }

  function run(): Arrival['runs'][number] | undefined {
    if (!literal(open)) return undefined
    const stream = text()
    if (stream === undefined || !literal(comma)) return undefined
    const first = whole()
    if (first < 0 || !literal(comma)) return undefined
    const last = whole()
    if (last < 0 || !literal(comma)) return undefined
    const emittedAtMsFirst = whole()
    if (emittedAtMsFirst < 0 || !literal(comma)) return undefined
    const emittedAtMsLast = whole()
    if (emittedAtMsLast < 0 || !literal(close)) return undefined
    return [stream, first, last, emittedAtMsFirst, emittedAtMsLast]
  }

  function runsToTheEnd(): Arrival['runs'] | undefined {
    const runs: Arrival['runs'] = []
    if (literal(noRuns)) return at === end ? runs : undefined
    if (!literal(open)) return undefined
    do {
      const found = run()
      if (found === undefined) return undefined
      runs.push(found)
    } while (literal(comma))
    return literal(lastClose) && at === end ? runs : undefined
  }

  function raw(): [number, number] | null | undefined {
    if (literal(nothing)) return null
    if (!literal(open)) return undefined
    const offset = whole()
    if (offset < 0 || !literal(comma)) return undefined
    const length = whole()
    return length < 0 || !literal(close) ? undefined : [offset, length]
  }

  return (line, from, to) => {
    bytes = line
    at = from
    end = to
    if (!literal(atMsKey)) return undefined
    const atMs = whole()
    if (atMs < 0 || !literal(requestKey)) return undefined
    const request = whole()
    if (request < 0 || !literal(pathKey)) return undefined
    const path = text()
    if (path === undefined || !literal(rawKey)) return undefined
    const placed = raw()
    if (placed === undefined || !literal(runsKey)) return undefined
    const runs = runsToTheEnd()
    return runs === undefined ? undefined : { atMs, request, path, raw: placed, runs }
  }
}

const zero = 48
const quote = 34
const backslash = 92
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const atMsKey = bytesOf('{"atMs":')
const requestKey = bytesOf(',"request":')
const pathKey = bytesOf(',"path":')
const rawKey = bytesOf(',"raw":')
const runsKey = bytesOf(',"runs":')
const nothing = bytesOf('null')
const comma = bytesOf(',')
const open = bytesOf('[')
const close = bytesOf(']')
const noRuns = bytesOf('[]}')
const lastClose = bytesOf(']}')
