/** Inclusive at both ends: [1204, 1210] are seven lines. */
export type SeqRange = [first: number, last: number]

/** Ranges are kept in blocks of at most this many, so that one in the middle moves few others out of its way. */
const blockRanges = 256

interface Block {
  readonly first: Float64Array
  readonly last: Float64Array
  size: number
}

/**
 * A set of positive integers as sorted, disjoint ranges that don't touch. Cost and memory go with the number of
 * ranges, not of members. Adding at the end takes constant time, elsewhere a search and a move within one block.
 */
export class RangeSet implements Iterable<SeqRange> {
  readonly #blocks: Block[] = []
  #count = 0

  static of(ranges: Iterable<readonly [number, number]>): RangeSet {
    const set = new RangeSet()
    for (const [first, last] of ranges) set.add(first, last)
    return set
  }

  /** How many numbers are in the set. */
  get count(): number {
    return this.#count
  }

  /** The highest number, or 0 if there is none. */
  get highest(): number {
    const tail = this.#blocks.at(-1)
    return tail === undefined ? 0 : at(tail.last, tail.size - 1)
  }

  /** Adds first…last and returns how many of them were new. */
  add(first: number, last: number): number {
    if (!(first >= 1 && first <= last && Number.isInteger(first) && Number.isInteger(last))) {
      throw new RangeError(`${String(first)}…${String(last)} is no range of positive whole numbers`)
    }
    const added = this.#add(first, last)
    this.#count += added
    return added
  }

  has(seq: number): boolean {
    const { block, index } = this.#find(seq)
    const found = this.#blocks[block]
    return found !== undefined && at(found.first, index) <= seq
  }

  /** Calls `use` for each part of first…last that is in the set, in order. */
  forEachWithin(first: number, last: number, use: (first: number, last: number) => void): void {
    let { block, index } = this.#find(first)
    for (let found = this.#blocks[block]; found !== undefined; found = this.#blocks[++block]) {
      for (; index < found.size; index++) {
        if (at(found.first, index) > last) return
        use(Math.max(first, at(found.first, index)), Math.min(last, at(found.last, index)))
      }
      index = 0
    }
  }

  *[Symbol.iterator](): Generator<SeqRange, void, undefined> {
    for (const block of this.#blocks) {
      for (let index = 0; index < block.size; index++) yield [at(block.first, index), at(block.last, index)]
    }
  }

  ranges(): SeqRange[] {
    return Array.from(this)
  }

  copy(): RangeSet {
    return RangeSet.of(this)
  }

  union(other: RangeSet): RangeSet {
    const result = this.copy()
    for (const [first, last] of other) result.add(first, last)
    return result
  }

  intersect(other: RangeSet): RangeSet {
    const result = new RangeSet()
    const theirs = other[Symbol.iterator]()
    let their = theirs.next()
    for (const [first, last] of this) {
      while (!their.done && their.value[1] < first) their = theirs.next()
      while (!their.done && their.value[0] <= last) {
        result.add(Math.max(first, their.value[0]), Math.min(last, their.value[1]))
        if (their.value[1] > last) break
        their = theirs.next()
      }
    }
    return result
  }

  subtract(other: RangeSet): RangeSet {
    const result = new RangeSet()
    const theirs = other[Symbol.iterator]()
    let their = theirs.next()
    for (const [first, last] of this) {
      let from = first
      while (!their.done && their.value[1] < first) their = theirs.next()
      while (!their.done && their.value[0] <= last) {
        if (their.value[0] > from) result.add(from, their.value[0] - 1)
        from = their.value[1] + 1
        if (their.value[1] > last) break
        their = theirs.next()
      }
      if (from <= last) result.add(from, last)
    }
    return result
  }

  #add(first: number, last: number): number {
    const tail = this.#blocks.at(-1)
    if (tail === undefined || first > at(tail.last, tail.size - 1) + 1) {
      this.#append(tail, first, last)
      return last - first + 1
    }
    if (first === at(tail.last, tail.size - 1) + 1) {
      tail.last[tail.size - 1] = last
      return last - first + 1
    }
    const place = this.#find(first - 1)
    const block = this.#blocks[place.block]
    if (block === undefined || at(block.first, place.index) > last + 1) {
      this.#insert(place.block, place.index, first, last)
      return last - first + 1
    }
    return this.#merge(block, place.block, place.index, first, last)
  }

  /** Joins first…last with the range at `index`, which touches it, and with all later ones that touch. */
  #merge(block: Block, blockAt: number, index: number, first: number, last: number): number {
    const mergedFirst = Math.min(first, at(block.first, index))
    let mergedLast = last
    let before = 0
    let endBlockAt = blockAt
    let end = index
    let reached = block
    for (;;) {
      if (end === reached.size) {
        const following = this.#blocks[endBlockAt + 1]
        if (following === undefined || at(following.first, 0) > last + 1) break
        reached = following
        endBlockAt++
        end = 0
      }
      if (at(reached.first, end) > last + 1) break
      before += at(reached.last, end) - at(reached.first, end) + 1
      mergedLast = Math.max(mergedLast, at(reached.last, end))
      end++
    }
    block.first[index] = mergedFirst
    block.last[index] = mergedLast
    if (reached === block) removeRanges(block, index + 1, end)
    else {
      block.size = index + 1
      removeRanges(reached, 0, end)
      const lastGone = reached.size === 0 ? endBlockAt : endBlockAt - 1
      this.#blocks.splice(blockAt + 1, lastGone - blockAt)
    }
    return mergedLast - mergedFirst + 1 - before
  }

  #append(tail: Block | undefined, first: number, last: number): void {
    let block = tail
    if (block === undefined || block.size === blockRanges) {
      block = createBlock()
      this.#blocks.push(block)
    }
    block.first[block.size] = first
    block.last[block.size] = last
    block.size++
  }

  #insert(blockAt: number, index: number, first: number, last: number): void {
    let block = this.#blocks[blockAt]
    if (block === undefined) throw new RangeError('no block to insert into')
    let place = index
    if (block.size === blockRanges) {
      const half = blockRanges / 2
      const upper = createBlock()
      upper.first.set(block.first.subarray(half))
      upper.last.set(block.last.subarray(half))
      upper.size = blockRanges - half
      block.size = half
      this.#blocks.splice(blockAt + 1, 0, upper)
      if (place > half) {
        block = upper
        place -= half
      }
    }
    block.first.copyWithin(place + 1, place, block.size)
    block.last.copyWithin(place + 1, place, block.size)
    block.first[place] = first
    block.last[place] = last
    block.size++
  }

  /** The first range that ends at `seq` or later. The block is one past the last if there is none. */
  #find(seq: number): { block: number; index: number } {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const candidate = this.#blocks[middle]
      if (candidate !== undefined && at(candidate.last, candidate.size - 1) < seq) low = middle + 1
      else high = middle
    }
    const block = this.#blocks[low]
    if (block === undefined) return { block: low, index: 0 }
    let from = 0
    let to = block.size - 1
    while (from < to) {
      const middle = (from + to) >>> 1
      if (at(block.last, middle) < seq) from = middle + 1
      else to = middle
    }
    return { block: low, index: from }
  }
}

function createBlock(): Block {
  return { first: new Float64Array(blockRanges), last: new Float64Array(blockRanges), size: 0 }
}

function removeRanges(block: Block, from: number, to: number): void {
  block.first.copyWithin(from, to, block.size)
  block.last.copyWithin(from, to, block.size)
  block.size -= to - from
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN
}
