import { describe, expect, it } from 'vitest'

import { collectRuns, createRunCollector } from './collect.js'
import { createLineEncoder, lineText } from './encode.js'
import { checkAt, checkHead, checkTail, identityOf, lengthFactor, minLineBytes, mix } from './format.js'

const run = 'k3v9x2ab'
const stream = 's01'
const atMs = 1_732_345_678_901

function line(seq: number, overrides: Partial<Parameters<typeof lineText>[0]> = {}): string {
  return lineText({ run, stream, lineBytes: minLineBytes, seq, emittedAtMs: atMs + seq, ...overrides })
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** Each bit turned over, and bytes that mean something in a line or around it. */
function damagedValues(before: number): number[] {
  const flipped = Array.from({ length: 8 }, (_, bit) => before ^ (1 << bit))
  const telling = Array.from('\0\n"@~.:09azAZ\xff', (letter) => letter.charCodeAt(0))
  return [...flipped, ...telling].filter((value) => value !== before)
}

const scan = (text: string) => collectRuns(run, bytesOf(text))
const runOf = (first: number, last: number) => [stream, first, last, atMs + first, atMs + last]
const nothing = { runs: [], corrupted: [], unexpected: [] }

describe('a line', () => {
  it('has the documented layout', () => {
    const pattern = /^@gapless:k3v9x2ab\.s01\.0000001234\.1732345680135\.00003\.[\w-]{6}\.[\w-]{3}~gapless~$/
    expect(line(1234)).toMatch(pattern)
    expect(line(1234)).toHaveLength(72)
    expect(line(1, { lineBytes: 2000 })).toHaveLength(2000)
  })

  it.each(['bare', 'CRI', 'JSON', 'glued', 'binary'])('is found in %s text', (wrapping) => {
    const wrap = {
      bare: (text: string) => `${text}\n`,
      CRI: (text: string) => `2026-11-23T06:41:00.123456789Z stdout F ${text}\n`,
      JSON: (text: string) => `${JSON.stringify({ message: text, stream: 'stdout' })}\n`,
      glued: (text: string) => text,
      binary: (text: string) => `\x92\xd7\x00\xff\xfe\x82\xa3log\xd9H${text}\xa6stream\xa6stdout\x00`,
    }[wrapping as 'bare']
    const text = Array.from({ length: 2100 }, (_, index) => wrap(line(index + 1))).join('')
    expect(scan(text)).toEqual({ ...nothing, runs: [runOf(1, 2100)] })
  })

  it('of any length is found, with its neighbours', () => {
    for (const lineBytes of [0, 73, 79, 80, 81, 200, 65_590, 70_001, 200_000]) {
      const text = [1, 2, 3].map((seq) => `${line(seq, { lineBytes })}\n`).join('')
      expect(scan(text)).toEqual({ ...nothing, runs: [runOf(1, 3)] })
    }
  })
})

describe('damage', () => {
  it('to any single byte is one corrupted arrival, never another line', () => {
    for (const seqs of [[999], [998, 999, 1000]]) {
      const target = seqs.at(-1) ?? 0
      const whole = seqs.map((seq) => `${line(seq)}\n`).join('')
      const bytes = bytesOf(whole)
      const start = bytes.length - minLineBytes - 1
      for (let place = start; place < bytes.length - 1; place++) {
        const before = bytes[place] ?? 0
        for (const value of damagedValues(before)) {
          bytes[place] = value
          const found = collectRuns(run, bytes)
          const intact = seqs.slice(0, -1)
          const intactRuns = intact.length === 0 ? [] : [runOf(intact[0] ?? 0, intact.at(-1) ?? 0)]
          // A damaged run token could be mistaken for another run's only if the check held, which it does not.
          expect(found.runs).toEqual(intactRuns)
          expect(found.unexpected).toEqual([])
          expect(found.corrupted).toHaveLength(1)
          if (place - start >= 60)
            expect(found.corrupted[0]).toMatchObject({ stream, seq: target, offset: start })
        }
        bytes[place] = before
      }
    }
  })

  it('by truncation shows from the end of the start on, and hides no later line', () => {
    for (let length = 0; length < minLineBytes; length++) {
      for (const after of ['', '\n', '"}']) {
        const text = `${line(1)}\n${line(2).slice(0, length)}${after}`
        const expected = length < 9 ? [] : [{ reason: 'truncated', stream: length < 60 ? null : stream }]
        expect(scan(text)).toMatchObject({ runs: [runOf(1, 1)], corrupted: expected })
        const found = scan(text + line(3) + line(4))
        expect(found).toMatchObject({ runs: [runOf(1, 1), runOf(3, 4)], corrupted: expected })
        expect(found.corrupted).toHaveLength(expected.length)
      }
    }
  })

  it('by loss of the beginning shows as an end without a start', () => {
    for (let cut = 1; cut <= minLineBytes - 9; cut++) {
      const found = scan(`${line(1)}\n${line(2).slice(cut)}\n${line(3)}\n`)
      const offset = minLineBytes + 1 + minLineBytes - cut - 9
      expect(found.corrupted).toEqual([{ reason: 'header', stream: null, seq: null, offset }])
      expect(found.runs).toEqual([runOf(1, 1), runOf(3, 3)])
    }
  })

  it('is one arrival where a line is damaged twice, two where it is torn apart', () => {
    const damaged = line(2, { lineBytes: 300 })
    const twice = `${damaged.slice(0, 100)}#${damaged.slice(101, 200)}#${damaged.slice(201)}`
    expect(scan(twice).corrupted).toEqual([{ reason: 'truncated', stream, seq: 2, offset: 0 }])
    const torn = `${damaged.slice(0, 100)}${line(7)}${damaged.slice(100)}`
    expect(scan(torn)).toMatchObject({
      runs: [runOf(7, 7)],
      corrupted: [
        { reason: 'truncated', seq: 2, offset: 0 },
        { reason: 'header', seq: null },
      ],
    })
  })

  it('of an end belongs to the damaged start before it, unless a whole line came in between', () => {
    const [start, end] = [line(3).slice(0, 62), line(3).slice(62)]
    const before = `${line(1)}\n${line(2)}\n`
    expect(scan(`${before}${start}##${end}`).corrupted.map(({ seq }) => seq)).toEqual([3])
    for (const between of [line(3), line(9)]) {
      const found = scan(`${before}${start}${between}${end}${end}`).corrupted
      expect(found.map(({ seq }) => seq)).toEqual([3, null, null])
    }
  })

  it('is found between lines that lie evenly', () => {
    for (let gap = 9; gap <= 60; gap++) {
      const even = Array.from({ length: 5 }, (_, index) => line(index + 1) + ' '.repeat(gap)).join('')
      for (let place = 0; place <= gap - 9; place++) {
        const at = 3 * (minLineBytes + gap) + minLineBytes + place
        const found = scan(`${even.slice(0, at)}~gapless~${even.slice(at + 9)}`)
        expect(found.corrupted).toEqual([{ reason: 'header', stream: null, seq: null, offset: at }])
        expect(found.runs).toEqual([runOf(1, 5)])
      }
    }
  })

  it('is what a line without a number has', () => {
    const text = line(1, { emittedAtMs: 0 }).replace('.0000000001.', '.0000000000.')
    const check = mix((identityOf(run, stream) + Math.imul(3, lengthFactor)) | 0)
    const bytes = new DataView(bytesOf(text).buffer)
    bytes.setInt32(checkAt, checkHead(check), true)
    bytes.setUint16(checkAt + 4, checkTail(check), true)
    const found = collectRuns(run, new Uint8Array(bytes.buffer))
    expect(found).toMatchObject({ runs: [], corrupted: [{ reason: 'header', seq: null }] })
  })

  it('is told apart from the lines of another run', () => {
    const other = line(5, { run: '00000000' }) + line(6, { run: '00000000' })
    const unexpected = [{ run: '00000000', stream, first: 5, last: 6 }]
    expect(scan(`${line(1)}${other}${line(2)}`)).toEqual({ runs: [runOf(1, 2)], corrupted: [], unexpected })
  })
})

describe('hostile content', () => {
  it('costs linear time and hides no intact line', () => {
    const start = '@gapless:'
    const header = line(1, { lineBytes: 2_000_000 }).slice(0, 60)
    for (const [piece, count] of [
      [start, 25_000],
      ['~gapless~', 25_000],
      [header, 6_000],
      [`${start}${run}.`, 12_000],
      ['@@@@gapless', 25_000],
      ['\xff\xfe\x00s:e:~', 30_000],
    ] as const) {
      const noise = piece.repeat(count)
      const found = scan(`${line(1)}${noise}${line(2)}${noise}`)
      expect(found.runs).toEqual([runOf(1, 2)])
      const counted = piece.startsWith('@gap') || piece.startsWith('~gap')
      expect(found.corrupted).toHaveLength(counted ? 2 * count : 0)
    }
  })
})

describe('a scanner', () => {
  it('finds the same however the input is cut', () => {
    const long = line(3, { lineBytes: 500 })
    const text =
      `${line(1)}\n${line(2)}\n${long}~${line(4).slice(0, 40)}\n${line(5).slice(30)}` +
      `${line(6).replace('.s01.', '.s02.')}x@gapless:x~gapless~~gaples${line(7, { run: 'zzzzzzzz' })}${line(8).slice(0, 70)}`
    const bytes = bytesOf(text)
    const whole = collectRuns(run, bytes)
    expect(whole.runs).toEqual([runOf(1, 3)])
    expect(whole.corrupted.map(({ reason }) => reason)).toEqual([
      'truncated',
      'header',
      'truncated',
      'truncated',
    ])
    for (let first = 0; first <= bytes.length; first++) {
      for (const width of [1, 7, 61, 400, bytes.length]) {
        const collector = createRunCollector(run)
        collector.scan(bytes.subarray(0, first))
        for (let at = first; at < bytes.length; at += width) collector.scan(bytes.subarray(at, at + width))
        expect(collector.end()).toEqual(whole)
      }
    }
  })

  it('follows a long line through many chunks', () => {
    const bytes = bytesOf([1, 2].map((seq) => line(seq, { lineBytes: 200_000 })).join('\n'))
    const collector = createRunCollector(run)
    for (let at = 0; at < bytes.length; at += 4096) collector.scan(bytes.subarray(at, at + 4096))
    expect(collector.end()).toEqual({ ...nothing, runs: [runOf(1, 2)] })
  })

  it('can be used again after the end of an input', () => {
    const collector = createRunCollector(run)
    const bytes = bytesOf(line(1) + line(2).slice(0, 65))
    for (let round = 0; round < 2; round++) {
      collector.scan(bytes)
      expect(collector.end()).toMatchObject({ runs: [runOf(1, 1)], corrupted: [{ seq: 2, offset: 72 }] })
    }
    collector.scan(bytesOf(line(2) + line(3)))
    expect(collector.end()).toEqual({ ...nothing, runs: [runOf(2, 3)] })
  })
})

describe('an encoder', () => {
  it('refuses what does not fit', () => {
    expect(() => createLineEncoder({ run: 'SHORT', stream, lineBytes: 0 })).toThrow('run token')
    expect(() => createLineEncoder({ run, stream: 'four', lineBytes: 0 })).toThrow('stream token')
    expect(() => createLineEncoder({ run, stream, lineBytes: 3_000_000 })).toThrow('2097152')
    const encoder = createLineEncoder({ run, stream, lineBytes: 0 })
    expect(() => encoder.encode(new Uint8Array(100), 40, 1, atMs)).toThrow('no room')
    expect(() => encoder.encode(new Uint8Array(100), 0, 10_000_000_000, atMs)).toThrow('out of range')
    expect(() => encoder.encode(new Uint8Array(100), 0, 0, atMs)).toThrow('out of range')
  })
})
