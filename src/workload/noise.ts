import { lineText } from '../marker/encode.js'
import { startText } from '../marker/format.js'
import { drawInt, type Random } from './random.js'

/** Nothing that is drawn is longer, newline included. */
export const maxNoiseBytes = 1024 * 1024

const newline = 10
const tries = 8
const longOnes = 256

/**
 * A line that stands between numbered ones and means no good, newline included; undefined where none is due. One in
 * eight draws yields one, and one in 256 of those is long.
 */
export function drawHostileNoise(random: Random, stream: string): Uint8Array | undefined {
  if (random() >= 1 / tries) return undefined
  if (random() < 1 / longOnes) return drawLong(random)
  const kind = kinds[drawInt(random, 0, kinds.length - 1)]
  return kind && lineOf(kind(random, stream))
}

type Kind = (random: Random, stream: string) => string | Uint8Array

const kinds: readonly Kind[] = [
  () => startText,
  (random, stream) =>
    lineText({
      run: 'another0',
      stream,
      lineBytes: 0,
      seq: drawInt(random, 1, 1_000_000),
      emittedAtMs: 1_700_000_000_000,
    }),
  () => `<script>alert('not from here')</script></pre><img src=x onerror=alert(1)>`,
  () => '\u001b[2J\u001b[31mred for ever\u001b]0;a title\u0007\r back at the start',
  () => Uint8Array.of(0xff, 0xfe, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8),
  () => '',
  () => '{"log":"no end, and a quote: \\',
  () => '2024-01-01T00:00:00.000000000Z stdout P a line of the CRI format inside a line',
]

function lineOf(content: string | Uint8Array): Uint8Array {
  return Buffer.concat([typeof content === 'string' ? Buffer.from(content) : content, Buffer.of(newline)])
}

function drawLong(random: Random): Uint8Array {
  const line = Buffer.alloc(drawInt(random, 64 * 1024, maxNoiseBytes), 'long and of no use <&> ')
  line[line.length - 1] = newline
  return line
}
