/**
 * What a container wrote, from its log in the CRI format: a line longer than the runtime's limit (16 KiB) stands
 * there in parts tagged P and a last one tagged F, and only joined does it show whether it is whole.
 */
export async function* criJoined(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const parts: Buffer[] = []
    let from = 0
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      parts.push(textOf(bytes.subarray(from, end + 1)))
      from = end + 1
    }
    rest = Buffer.from(bytes.subarray(from))
    yield Buffer.concat(parts)
  }
  yield rest
}

const space = 32
const partial = 'P'.charCodeAt(0)

/** The text of one record, `timestamp stream tag text`; a partial one without its newline. */
function textOf(record: Buffer): Buffer {
  const stream = record.indexOf(space)
  const tag = record.indexOf(space, stream + 1)
  const text = record.indexOf(space, tag + 1)
  if (stream < 0 || tag < 0 || text < 0) return record
  return record[tag + 1] === partial ? record.subarray(text + 1, -1) : record.subarray(text + 1)
}
