import type { ZodType } from 'zod'

import { GaplessError, messageOf } from '../errors.js'

export interface LedgerTextOptions<Entry> {
  /** What messages call it, e.g. the file's path. */
  readonly name: string
  readonly schema: ZodType<Entry>
  readonly use: (entry: Entry) => void
  /**
   * Reads the entry that is in bytes from…to, if it is of a form that it knows to be valid. Anything else it leaves
   * to JSON and the schema by returning undefined.
   */
  readonly readQuickly?: (bytes: Uint8Array, from: number, to: number) => Entry | undefined
}

export interface LedgerTextReader {
  /** Takes the next bytes of the ledger, however they were cut. They are not kept. */
  push(chunk: Uint8Array): void
  /**
   * Ends the ledger. A last line without a newline was being written when its writer died; it is used if it is
   * whole and left out if not.
   */
  end(): { readonly entries: number; readonly lastLineCut: boolean }
}

const newline = 10

/** Reads a ledger of one JSON value a line. Throws a GaplessError that names the line that is none. */
export function createLedgerTextReader<Entry>(options: LedgerTextOptions<Entry>): LedgerTextReader {
  const { name, schema, use, readQuickly } = options
  const decoder = new TextDecoder()
  /** The beginning of a line whose end is still to come, in the pieces in which it came. */
  let pieces: Uint8Array[] = []
  let lines = 0
  let entries = 0

  function read(bytes: Uint8Array, from: number, to: number): void {
    lines++
    if (from === to) return
    use(readQuickly?.(bytes, from, to) ?? parse(decoder.decode(bytes.subarray(from, to))))
    entries++
  }

  function parse(text: string): Entry {
    try {
      return schema.parse(JSON.parse(text))
    } catch (error) {
      throw new GaplessError(`${name}, line ${String(lines)}: ${messageOf(error)}`, {
        code: 'usage',
        cause: error,
      })
    }
  }

  return {
    push(chunk) {
      let from = 0
      for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
        if (pieces.length === 0) read(chunk, from, to)
        else {
          const line = joined([...pieces, chunk.subarray(from, to)])
          pieces = []
          read(line, 0, line.length)
        }
        from = to + 1
      }
      // Of a Buffer, slice would be a view of bytes that are about to be overwritten.
      if (from < chunk.length) pieces.push(new Uint8Array(chunk.subarray(from)))
    },
    end() {
      const line = joined(pieces)
      pieces = []
      const lastLineCut = line.length > 0 && !isJson(decoder.decode(line))
      if (!lastLineCut) read(line, 0, line.length)
      return { entries, lastLineCut }
    },
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
