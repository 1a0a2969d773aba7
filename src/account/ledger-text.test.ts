import { describe, expect, it } from 'vitest'

import { type Arrival, arrivalSchema, type SentEntry, sentEntrySchema } from '../collector/protocol.js'
import { createArrivalTextReader } from './arrival-text.js'
import { createLedgerTextReader } from './ledger-text.js'

const stream = 's01'
const plainArrival: Arrival = {
  atMs: 10_000,
  request: 1,
  path: '/from/aggregator',
  raw: null,
  runs: [
    [stream, 1, 2, 1000, 2000],
    [stream, 4, 4, 4000, 4000],
  ],
}

describe('the text of a ledger', () => {
  const entries = [
    { type: 'registered', atMs: 1, stream, incarnation: 1, nextSeq: 1 },
    { type: 'reserved', atMs: 1, stream, upTo: 9 },
    { type: 'sent', atMs: 1, stream, upTo: 9 },
    { type: 'ended', atMs: 1, stream },
  ] satisfies SentEntry[]
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')

  function read(content: string) {
    const found: SentEntry[] = []
    const reader = createLedgerTextReader({
      name: 'sent.ndjson',
      schema: sentEntrySchema,
      use: (entry) => found.push(entry),
    })
    reader.push(new TextEncoder().encode(content))
    return { found, ...reader.end() }
  }

  it('is read entry by entry', () => {
    expect(read(text)).toEqual({ found: entries, entries: 4, lastLineCut: false })
  })

  it('may end within a line, if its writer was killed', () => {
    expect(read(text.slice(0, -1))).toEqual({ found: entries, entries: 4, lastLineCut: false })
    expect(read(text.slice(0, -2))).toEqual({ found: entries.slice(0, 3), entries: 3, lastLineCut: true })
  })

  it('names the line that is no entry', () => {
    expect(() => read(`${text}{"type":"sent"}\n`)).toThrow(/^sent\.ndjson, line 5: /)
    expect(() => read(`{"type":\n${text}`)).toThrow(/^sent\.ndjson, line 1: /)
  })

  it('is read the same however it is cut, from bytes that are used again', () => {
    for (const width of [1, 7, 50, 100]) {
      const found: SentEntry[] = []
      const use = (entry: SentEntry) => found.push(entry)
      const reader = createLedgerTextReader({ name: 'sent.ndjson', schema: sentEntrySchema, use })
      const chunk = Buffer.alloc(width)
      for (let at = 0; at < text.length; at += width)
        reader.push(chunk.subarray(0, chunk.write(text.slice(at))))
      expect(reader.end()).toEqual({ entries: 4, lastLineCut: false })
      expect(found).toEqual(entries)
    }
  })
})

describe('the text of the arrival ledger', () => {
  function read(content: string) {
    const found: Arrival[] = []
    const use = (entry: Arrival) => found.push(entry)
    const reader = createArrivalTextReader({ name: 'arrivals.ndjson', schema: arrivalSchema, use })
    const chunk = Buffer.alloc(100)
    const bytes = Buffer.from(content)
    for (let at = 0; at < bytes.length; at += 100) {
      reader.push(chunk.subarray(0, bytes.copy(chunk, 0, at)))
    }
    reader.end()
    return found
  }

  it.each<Partial<Arrival>>([
    {},
    { raw: [0, 12_345] },
    { runs: [] },
    { path: '/ä/"quoted"\\' },
    { path: '' },
    { atMs: 1.5 },
    { runs: [[stream, 1, 2, -1.5, 1e21]] },
    { clientGone: true, corrupted: [{ reason: 'header', stream: null, seq: null }] },
  ])('gives what JSON gives: %j', (change) => {
    const entry = { ...plainArrival, ...change }
    expect(read(`${JSON.stringify(entry)}\n`.repeat(3))).toEqual([entry, entry, entry])
    expect(read(JSON.stringify(entry, null, ' ').replaceAll('\n', ' '))).toEqual([entry])
  })

  it('keeps no text in bytes that are used again', () => {
    const found: string[] = []
    const use = ({ path }: Arrival) => found.push(path)
    const reader = createArrivalTextReader({ name: 'arrivals.ndjson', schema: arrivalSchema, use })
    const chunk = Buffer.alloc(200)
    const paths = ['/from/one', '/from/two', '/from/one', '/from/two']
    for (const path of paths) {
      reader.push(chunk.subarray(0, chunk.write(`${JSON.stringify({ ...plainArrival, path })}\n`)))
    }
    expect(found).toEqual(paths)
  })

  it('is refused if a line goes on after its entry', () => {
    const text = JSON.stringify(plainArrival)
    for (const more of ['x', '}', text]) {
      expect(() => read(`${text}${more}\n`)).toThrow(/^arrivals\.ndjson, line 1: /)
    }
  })

  it('is refused where JSON and the schema refuse it, wherever it is damaged', () => {
    const text = JSON.stringify({ ...plainArrival, raw: [0, 5], runs: [[stream, 1, 2, 1000, 2000]] })
    const accepts = (line: string) => {
      try {
        return arrivalSchema.parse(JSON.parse(line))
      } catch {
        return 'refused'
      }
    }
    for (let at = 0; at < text.length; at++) {
      for (const letter of ['', ' ', '0', 'x', '"', ',', ']', '-', '}', '\\']) {
        const line = text.slice(0, at) + letter + text.slice(at + 1)
        const expected = accepts(line)
        if (expected === 'refused') expect(() => read(`${line}\n`)).toThrow(/^arrivals\.ndjson, line 1: /)
        else expect(read(`${line}\n`)).toEqual([expected])
      }
    }
  })
})
