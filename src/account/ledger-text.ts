import type { ZodType } from 'zod'

import { GaplessError, messageOf } from '../errors.js'

export interface LedgerTextOptions<Entry> {
  /** What messages call it, e.g. the file's path. */
  readonly name: string
  readonly schema: ZodType<Entry>
  readonly use: (entry: Entry) => void
}

export interface LedgerTextReader {
  /** Takes the next bytes of the ledger, however they were cut. */
  push(chunk: Uint8Array): void
  /**
   * Ends the ledger. A last line without a newline was being written when its writer died; it is used if it is
   * whole and left out if not.
   */
  end(): { readonly entries: number; readonly lastLineCut: boolean }
}

/** Reads a ledger of one JSON value a line. Throws a GaplessError that names the line that is none. */
export function createLedgerTextReader<Entry>(options: LedgerTextOptions<Entry>): LedgerTextReader {
  const { name, schema, use } = options
  const decoder = new TextDecoder()
  let rest = ''
  let lines = 0
  let entries = 0

  function read(text: string): void {
    lines++
    if (text === '') return
    let entry: Entry
    try {
      entry = schema.parse(JSON.parse(text))
    } catch (error) {
      throw new GaplessError(`${name}, line ${String(lines)}: ${messageOf(error)}`, {
        code: 'usage',
        cause: error,
      })
    }
    use(entry)
    entries++
  }

  return {
    push(chunk) {
      const text = decoder.decode(chunk, { stream: true })
      let from = 0
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        const line = rest === '' ? text.slice(from, end) : rest + text.slice(from, end)
        rest = ''
        read(line)
        from = end + 1
      }
      rest += text.slice(from)
    },
    end() {
      const last = rest + decoder.decode()
      rest = ''
      if (last === '') return { entries, lastLineCut: false }
      if (!isJson(last)) return { entries, lastLineCut: true }
      read(last)
      return { entries, lastLineCut: false }
    },
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
