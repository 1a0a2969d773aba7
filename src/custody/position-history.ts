import { type TailPosition } from './position-file.js'

/** How far a file has been read, as far as positions tell. */
export interface ReadSoFar {
  readonly readBytes: number
  /** false: nobody wrote down how far it was read after that. */
  readonly exact: boolean
  readonly skipped: readonly (readonly [fromByte: number, toByte: number])[]
}

/** What one node's position file said over time: it forgets a file that was rotated, and may be lost itself. */
export interface PositionHistory {
  /** What the position file says now; [] where there is none. */
  saw(positions: readonly TailPosition[]): void
  /** Its writer is dead: what it wrote last is how far it had read. */
  writerEnded(): void
  /** A writer begins, and reads on in these files if it finds a position for them. */
  writerBegan(current: ReadonlySet<number>): void
  /** The position file is gone. */
  lost(): void
  /**
   * A file has another content from now on, or its inode may be another file's. A position that stays in the position
   * file counts from the new beginning, so that a writer that reads on from there passes over what is before it.
   */
  begunAnew(inode: number): void
  /** A file was replaced by its compressed form: its inode can be another file's, unless a writer has it open. */
  compressed(inode: number): void
  /** How far a file was read; keeps on knowing. undefined where there never was a position for it. */
  of(inode: number): (() => ReadSoFar) | undefined
}

interface Known {
  readBytes: number
  /** It is in the position file, so what it says is what is so. */
  there: boolean
  final: boolean
  skipped: [number, number][]
}

const unread: Known = { readBytes: 0, there: true, final: true, skipped: [] }

export function createPositionHistory(options: { readonly readFromHead: boolean }): PositionHistory {
  const known = new Map<number, Known>()
  /** Positions of what was there before a file with this inode began anew. */
  const inherited = new Map<number, number>()
  /** The position file was lost, and nothing has been in a new one yet. */
  let blank = false

  function begin(inode: number, readBytes: number): void {
    const before = known.get(inode)
    const from = before?.readBytes ?? 0
    // in_tail that has no position begins at the end of a file, and what it finds there it passes over.
    const passedOver = blank && !options.readFromHead && readBytes > from
    const stale = inherited.get(inode) ?? 0
    inherited.delete(inode)
    const skipped: [number, number][] = passedOver
      ? [[from, readBytes]]
      : stale > 0 && readBytes > stale
        ? [[0, stale]]
        : []
    if (before !== undefined && readBytes >= before.readBytes) {
      Object.assign(before, { readBytes, there: true, final: false })
      before.skipped.push(...skipped)
    } else known.set(inode, { readBytes, there: true, final: false, skipped })
  }

  function begunAnew(inode: number): void {
    const entry = known.get(inode)
    if (entry?.there === true) inherited.set(inode, entry.readBytes)
    if (entry) entry.there = false
    known.delete(inode)
  }

  return {
    saw(positions) {
      const now = new Map(positions.map((position) => [position.inode, position.readBytes]))
      for (const [inode, entry] of known) if (typeof now.get(inode) !== 'number') entry.there = false
      for (const [inode, readBytes] of now) {
        if (readBytes === null || readBytes === inherited.get(inode)) continue
        const entry = known.get(inode)
        // A position only ever grows, unless the file is another one or was cut off.
        if (entry === undefined || blank || readBytes < entry.readBytes) begin(inode, readBytes)
        else {
          entry.final &&= readBytes === entry.readBytes
          entry.readBytes = readBytes
          entry.there = true
        }
      }
      if (now.size > 0) blank = false
    },
    writerEnded() {
      for (const entry of known.values()) entry.final ||= entry.there
    },
    writerBegan(current) {
      for (const [inode, entry] of known) if (entry.there && current.has(inode)) entry.final = false
    },
    lost() {
      blank = true
      inherited.clear()
      for (const entry of known.values()) entry.there = false
    },
    begunAnew,
    compressed(inode) {
      if (known.get(inode)?.final === true) begunAnew(inode)
    },
    of(inode) {
      const entry = known.get(inode) ?? (inherited.has(inode) ? unread : undefined)
      return (
        entry &&
        (() => ({ readBytes: entry.readBytes, exact: entry.there || entry.final, skipped: entry.skipped }))
      )
    },
  }
}
