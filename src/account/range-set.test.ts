import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { RangeSet, type SeqRange } from './range-set.js'

const ceiling = 60
const range = fc
  .tuple(fc.integer({ min: 1, max: ceiling }), fc.integer({ min: 0, max: 8 }))
  .map(([first, more]): SeqRange => [first, first + more])
const ranges = fc.array(range, { maxLength: 30 })

function numbersOf(list: Iterable<readonly [number, number]>): Set<number> {
  const numbers = new Set<number>()
  for (const [first, last] of list) for (let seq = first; seq <= last; seq++) numbers.add(seq)
  return numbers
}

function rangesOf(numbers: Set<number>): SeqRange[] {
  const result: SeqRange[] = []
  for (const seq of Array.from(numbers).sort((a, b) => a - b)) {
    const before = result.at(-1)
    if (before?.[1] === seq - 1) before[1] = seq
    else result.push([seq, seq])
  }
  return result
}

describe('a set of ranges', () => {
  it('holds what was added, as a set of numbers does', () => {
    fc.assert(
      fc.property(ranges, (list) => {
        const set = new RangeSet()
        const model = new Set<number>()
        for (const [first, last] of list) {
          const before = model.size
          for (let seq = first; seq <= last; seq++) model.add(seq)
          expect(set.add(first, last)).toBe(model.size - before)
        }
        expect(set.ranges()).toEqual(rangesOf(model))
        expect(set.count).toBe(model.size)
        expect(set.highest).toBe(Math.max(0, ...model))
        for (let seq = 1; seq <= ceiling + 9; seq++) expect(set.has(seq)).toBe(model.has(seq))
      }),
    )
  })

  it('is united, intersected, subtracted and cut as sets of numbers are', () => {
    fc.assert(
      fc.property(ranges, ranges, range, (left, right, [first, last]) => {
        const [a, b] = [RangeSet.of(left), RangeSet.of(right)]
        const [as, bs] = [numbersOf(left), numbersOf(right)]
        const only = (keep: (seq: number) => boolean) => rangesOf(new Set(Array.from(as).filter(keep)))
        expect(a.union(b).ranges()).toEqual(rangesOf(new Set([...as, ...bs])))
        expect(a.intersect(b).ranges()).toEqual(only((seq) => bs.has(seq)))
        expect(a.subtract(b).ranges()).toEqual(only((seq) => !bs.has(seq)))
        const within: SeqRange[] = []
        a.forEachWithin(first, last, (from, to) => within.push([from, to]))
        expect(within).toEqual(only((seq) => seq >= first && seq <= last))
        expect(a.ranges()).toEqual(rangesOf(as))
      }),
    )
  })

  it('holds many ranges in any order of adding, and joins across many of them', () => {
    const many = 3000
    const inOrder = Array.from({ length: many }, (_, index): SeqRange => [index * 10 + 1, index * 10 + 4])
    const scattered = inOrder.map((_, index): SeqRange => inOrder[(index * 1009) % many] ?? [0, 0])
    for (const list of [inOrder, inOrder.toReversed(), scattered]) {
      const set = RangeSet.of(list)
      expect(set.ranges()).toEqual(inOrder)
      expect(set.count).toBe(4 * many)
      // From within range 100 to just before range 2000: 99 … 1999 become one, and 1,900 ranges less are left.
      expect(set.add(1003, 20_000)).toBe(18_998 - 1900 * 4 + 2)
      expect(set.ranges()).toEqual([...inOrder.slice(0, 100), [1001, 20_004], ...inOrder.slice(2001)])
      expect(set.add(1, many * 10)).toBe(many * 10 - (4 * (100 + many - 2001) + 19_004))
      expect(set.ranges()).toEqual([[1, many * 10]])
    }
  })

  it('is inserted into and joined at every place around the ends of its blocks', () => {
    const pairs = Array.from({ length: 768 }, (_, index): SeqRange => [4 * index + 1, 4 * index + 2])
    const places = [0, 1, 127, 128, 129, 254, 255, 256, 257, 510, 511, 512, 766, 767]
    for (const from of places) {
      const without = pairs.filter((_, index) => index !== from)
      const inserted = RangeSet.of(without)
      inserted.add(4 * from + 1, 4 * from + 2)
      expect(inserted.ranges()).toEqual(pairs)
      for (const to of places.filter((place) => place >= from)) {
        const joined = RangeSet.of(pairs)
        // Up to the number before the next range, which it touches.
        expect(joined.add(4 * from + 2, 4 * to + 4)).toBe(2 * (to - from + 1))
        const next = pairs[to + 1] ?? [0, 4 * to + 4]
        const expected = [...pairs.slice(0, from), [4 * from + 1, next[1]], ...pairs.slice(to + 2)]
        expect(joined.ranges()).toEqual(expected)
        expect(pairs.filter(([first, last]) => !joined.has(first) || !joined.has(last))).toEqual([])
        expect(joined.add(1, 4000)).toBe(4000 - 768 * 2 - 2 * (to - from + 1))
        expect(joined.ranges()).toEqual([[1, 4000]])
      }
    }
  })

  it('takes numbers beyond 32 bits', () => {
    const set = RangeSet.of([[9_999_999_990, 9_999_999_999]])
    expect(set.add(1, 9_999_999_989)).toBe(9_999_999_989)
    expect(set.ranges()).toEqual([[1, 9_999_999_999]])
  })

  it.each([
    [0, 1],
    [2, 1],
    [1.5, 2],
    [1, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
  ])('refuses %d…%d', (first, last) => {
    expect(() => new RangeSet().add(first, last)).toThrow(RangeError)
  })
})
