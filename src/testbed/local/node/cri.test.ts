import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { criFramer, defaultMaxLineBytes } from './cri.js'
import { timestampBytes, wallClock } from './timestamp.js'

const time = '2026-01-02T03:04:05.123456789Z'
const stamp = (target: Buffer, at: number) => void target.write(time, at, 'latin1')

function frame(chunks: readonly Buffer[], maxLineBytes?: number): Buffer {
  const framer = criFramer('stdout', stamp, maxLineBytes)
  // Copied, as each is valid until the next call only.
  const framed = chunks.map((chunk) => Buffer.from(framer.push(chunk)))
  return Buffer.concat([...framed, framer.end()])
}

const line = (tag: 'F' | 'P', text: string | Buffer) =>
  Buffer.concat([Buffer.from(`${time} stdout ${tag} `), Buffer.from(text as string), Buffer.from('\n')])

/** The same, by cutting the whole text at once. */
function model(text: string, maxLineBytes: number): Buffer {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  const cut = (whole: string, last: 'F' | 'P') => {
    const parts: Buffer[] = []
    let left = whole
    for (; left.length > maxLineBytes; left = left.slice(maxLineBytes)) {
      parts.push(line('P', Buffer.from(left.slice(0, maxLineBytes), 'latin1')))
    }
    if (last === 'F' || left.length > 0) parts.push(line(last, Buffer.from(left, 'latin1')))
    return parts
  }
  return Buffer.concat([...lines.flatMap((each) => cut(each.replace(/\r$/, ''), 'F')), ...cut(rest, 'P')])
}

describe('criFramer', () => {
  it('gives a line its time, stream and tag', () => {
    expect(frame([Buffer.from('one\ntwo\n')]).toString()).toBe(`${time} stdout F one\n${time} stdout F two\n`)
  })

  it('keeps an empty line', () => {
    expect(frame([Buffer.from('\n')]).toString()).toBe(`${time} stdout F \n`)
  })

  it('writes what ends without a newline as a partial line, and nothing for nothing', () => {
    expect(frame([Buffer.from('a\nb')])).toEqual(Buffer.concat([line('F', 'a'), line('P', 'b')]))
    expect(frame([])).toEqual(Buffer.alloc(0))
  })

  it.each([
    [16_384, [['F', 16_384]]],
    [
      16_385,
      [
        ['P', 16_384],
        ['F', 1],
      ],
    ],
    [
      32_768,
      [
        ['P', 16_384],
        ['F', 16_384],
      ],
    ],
    [
      40_000,
      [
        ['P', 16_384],
        ['P', 16_384],
        ['F', 7_232],
      ],
    ],
  ] as const)('cuts a line of %i bytes at 16 KiB', (bytes, expected) => {
    const framed = frame([Buffer.from(`${'x'.repeat(bytes)}\n`)])
    expect(framed).toEqual(Buffer.concat(expected.map(([tag, length]) => line(tag, 'x'.repeat(length)))))
  })

  it('does not count the carriage return of a line end, wherever it is read', () => {
    const text = 'x'.repeat(defaultMaxLineBytes)
    expect(frame([Buffer.from(`${text}\r`), Buffer.from('\n')])).toEqual(line('F', text))
    expect(frame([Buffer.from(text), Buffer.from('\r'), Buffer.from('y\n')])).toEqual(
      Buffer.concat([line('P', text), line('F', '\ry')]),
    )
  })

  it('is the same in whatever pieces the bytes come', () => {
    const bytes = fc.array(fc.constantFrom('a', '\n', '\r', '\xff', '\0', ' '), { maxLength: 60 })
    fc.assert(
      fc.property(
        bytes,
        fc.array(fc.nat(60)),
        fc.integer({ min: 1, max: 9 }),
        (parts, cuts, maxLineBytes) => {
          const text = parts.join('')
          const all = Buffer.from(text, 'latin1')
          const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length]
          const chunks = at.slice(1).map((end, index) => all.subarray(at[index], end))
          expect(frame(chunks, maxLineBytes)).toEqual(model(text, maxLineBytes))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('wallClock', () => {
  it('writes the time of now with nine digits after the point, never going back', () => {
    const clock = wallClock()
    const stamps: string[] = []
    const before = Date.now()
    for (let index = 0; index < 1_000; index += 1) {
      if (index % 100 === 0) clock.begin()
      const target = Buffer.alloc(timestampBytes)
      clock.stamp(target, 0)
      stamps.push(target.toString())
    }
    const after = Date.now()
    expect(stamps.filter((text) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/.test(text))).toEqual([])
    expect(stamps).toEqual([...stamps].sort())
    expect(Date.parse(stamps[0] ?? '')).toBeGreaterThanOrEqual(before)
    expect(Date.parse(stamps.at(-1) ?? '')).toBeLessThanOrEqual(after + 2)
  })
})
