/** What of a container log lies between two of the offsets that it was divided at. */
export interface LogText {
  /** 0: before the first offset. */
  readonly part: number
  readonly text: Buffer
}

/**
 * What a container wrote, from its log in the CRI format: a line longer than the runtime's limit (16 KiB) stands
 * there in parts tagged P and a last one tagged F, and only joined does it show whether it is whole.
 *
 * `dividedAt` are ascending offsets, such as how far somebody has read. A line is before an offset when all of its
 * records are, the last newline included: whoever has read less of it has no line yet, and will read it from its
 * beginning. What has no newline, or no last part, is behind all of them.
 */
export async function* criJoined(
  chunks: AsyncIterable<Buffer>,
  dividedAt: readonly number[] = [],
): AsyncGenerator<LogText> {
  let rest: Buffer = Buffer.alloc(0)
  let offset = 0
  let part = 0
  /** The records of a line that is not over yet. */
  let open: Buffer[] = []
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let texts: Buffer[] = []
    let from = 0
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      const record = bytes.subarray(from, end + 1)
      const { text, goesOn } = textOf(record)
      open.push(text)
      from = end + 1
      if (goesOn) continue
      while (offset + from > (dividedAt[part] ?? Infinity)) {
        if (texts.length > 0) yield { part, text: Buffer.concat(texts) }
        texts = []
        part += 1
      }
      texts.push(...open)
      open = []
    }
    // What goes on is kept beyond the life of the chunk that it is in.
    open = open.map((text) => Buffer.from(text))
    rest = Buffer.from(bytes.subarray(from))
    offset += from
    if (texts.length > 0) yield { part, text: Buffer.concat(texts) }
  }
  yield { part: dividedAt.length, text: Buffer.concat([...open, rest]) }
}

const space = 32
const streams = new Set(['stdout', 'stderr'])
const partial = 'P'.charCodeAt(0)

/**
 * The text of one record, `timestamp stream tag text`; a partial one without its newline. What is no such record, as in
 * a file that an application wrote itself, is text as a whole.
 */
function textOf(record: Buffer): { readonly text: Buffer; readonly goesOn: boolean } {
  const stream = record.indexOf(space)
  const tag = record.indexOf(space, stream + 1)
  const text = record.indexOf(space, tag + 1)
  const isRecord =
    stream >= 0 && tag >= 0 && text >= 0 && streams.has(record.toString('latin1', stream + 1, tag))
  if (!isRecord) return { text: record, goesOn: false }
  return record[tag + 1] === partial
    ? { text: record.subarray(text + 1, -1), goesOn: true }
    : { text: record.subarray(text + 1), goesOn: false }
}
