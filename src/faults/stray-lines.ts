import { appendFile, open, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Pod } from '../testbed/contract.js'
import { evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { appsOf, currentLog } from './log-files.js'
import { appAction } from './rotate-logs.js'

/** Bytes that a container runtime would not have written, none of them a numbered line. Each ends in a newline. */
const malformed: readonly Buffer[] = [
  Buffer.from('no header of the CRI format at all\n'),
  Buffer.from('2024-13-45T99:99:99.0Z stdout F a time that cannot be\n'),
  Buffer.from('2024-01-01T00:00:00.000000000Z stdout\n'),
  Buffer.from('2024-01-01T00:00:00.000000000Z elsewhere F a stream that is none\n'),
  Buffer.from([0x00, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x0a]),
  Buffer.from('\n'),
]

/**
 * Lines in the log file that are not as a runtime writes them, or one of a size that no runtime would write. Proven
 * by reading them back from where they were appended. What becomes of the numbered lines around them is the question.
 */
export const strayLines: FaultDefinition = {
  fault: 'stray-lines',
  needs: ['node-files'],
  targets: ['app'],
  momentary: true,
  async inject(spec, context) {
    const { oversizeBytes } = spec.parameters
    const pods = await appsOf(context, spec.target)
    const lines = typeof oversizeBytes === 'number' ? [oversize(oversizeBytes)] : malformed
    const what =
      typeof oversizeBytes === 'number' ? 'an oversize line' : `${String(lines.length)} malformed lines`
    return { evidence: await Promise.all(pods.map((pod) => write(pod, lines, what, context))) }
  },
}

function oversize(bytes: number): Buffer {
  const header = '2024-01-01T00:00:00.000000000Z stdout F '
  const line = Buffer.alloc(Math.max(bytes, header.length + 1), 'oversize ')
  line.write(header)
  line[line.length - 1] = 0x0a
  return line
}

async function write(pod: Pod, lines: readonly Buffer[], what: string, context: FaultContext) {
  const file = await currentLog(context, pod)
  const from = (await stat(file)).size
  // One write, so that the writer's own lines stand before or after and never in between.
  const bytes = Buffer.concat(lines)
  await appendFile(file, bytes)
  const found = await readFrom(file, from)
  return evidence(
    context,
    `${pod.spec.name}: ${what}, ${bytes.length.toLocaleString('en')} bytes, stand in ${path.basename(file)}`,
    found.includes(bytes),
    { from, bytes: bytes.length },
  )
}

async function readFrom(file: string, from: number): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.alloc(Math.max(size - from, 0))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** What a scenario says. */
export const strayLinesActions = (node: string) => ({
  /** Writes lines into the container logs that are not in the CRI format: no header, half of one, binary, empty. */
  writeMalformedLines: () =>
    appAction('stray-lines', node, `write malformed lines into the container logs on ${node}`),
  /** Writes one line of that size into each container log, with a header of the CRI format. */
  writeOversizeLine: (bytes = 1_000_000) =>
    appAction(
      'stray-lines',
      node,
      `write a line of ${bytes.toLocaleString('en')} bytes into the container logs on ${node}`,
      { oversizeBytes: bytes },
    ),
})
