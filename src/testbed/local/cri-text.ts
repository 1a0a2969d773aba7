/** What a container wrote, out of the lines of its CRI log: headers taken off, partial lines joined. */
export function textOfCriLog(log: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let start = 0; start < log.length;) {
    const newline = log.indexOf(0x0a, start)
    const end = newline === -1 ? log.length : newline
    // Timestamp, stream and tag, each followed by a blank.
    const tagAt = afterBlank(log, afterBlank(log, start, end), end)
    const textAt = afterBlank(log, tagAt, end)
    const partial = log[tagAt] === 0x50
    parts.push(log.subarray(textAt, end), ...(partial ? [] : [Buffer.from('\n')]))
    start = end + 1
  }
  return Buffer.concat(parts)
}

function afterBlank(log: Buffer, from: number, end: number): number {
  const blank = log.indexOf(0x20, from)
  return blank === -1 || blank >= end ? end : blank + 1
}
