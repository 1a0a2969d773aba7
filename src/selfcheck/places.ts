import { type ArrivedLine } from './lines.js'
import { type RawEvidence } from './raw-evidence.js'
import { type LogPlace, type Whereabouts } from './whereabouts.js'

/** What is planted upon. */
export interface Surroundings {
  readonly evidence: RawEvidence
  readonly lines: readonly ArrivedLine[]
  readonly whereabouts: Whereabouts
  /** A log of the stream was removed during the run and no copy kept, so that a line may have been in it. */
  readonly logsWereRemoved: (stream: string) => boolean
  /** There is no aggregator: forwarders send to the destination. */
  readonly direct: boolean
}

export type Wanted = (line: ArrivedLine, index: number) => boolean

/** Lines that something can be planted upon; each is given out once, and none that lies beside another. */
export interface Places {
  /** The first line that is wanted: by the first wish that any line meets. */
  take(...wishes: readonly Wanted[]): ArrivedLine | undefined
  /** A line and those that follow right after it in its body and its stream, as far as they are free; so many at most. */
  takeBlock(most: number, ...wishes: readonly Wanted[]): ArrivedLine[]
  /** Two lines of a stream that arrived one after the other in one body. */
  takePair(): [ArrivedLine, ArrivedLine] | undefined
  /** A line that stands in one log only, in a place that it can be taken out of. */
  takeLogged(wanted: (place: LogPlace) => boolean): { line: ArrivedLine; place: LogPlace } | undefined
}

export const anywhere: Wanted = () => true

/** `pool` are indices of clean lines in the order in which they are to be used. */
export function createPlaces({ lines, whereabouts }: Surroundings, pool: readonly number[]): Places {
  const used = new Set<number>()

  /** Takes out a line and those around it, so that no two plants touch, neither in a body nor in a stream. */
  function reserve(index: number): void {
    const line = lines[index]
    for (const near of [index - 1, index, index + 1, line?.before, line?.after])
      if (near !== undefined) used.add(near)
  }

  function couldBeUsed(index: number): boolean {
    const line = lines[index]
    return line?.clean === true && !whereabouts.held(line.stream, line.seq)
  }

  const usable = pool.filter(couldBeUsed)

  function takeIndex(wanted: Wanted): number | undefined {
    const found = usable.find((index) => {
      const line = lines[index]
      return line !== undefined && !used.has(index) && wanted(line, index)
    })
    if (found !== undefined) reserve(found)
    return found
  }

  function takeFirst(wishes: readonly Wanted[]): number | undefined {
    for (const wanted of wishes) {
      const index = takeIndex(wanted)
      if (index !== undefined) return index
    }
    return undefined
  }

  return {
    take: (...wishes) => lines[takeFirst(wishes) ?? -1],
    takeBlock(most, ...wishes) {
      const first = takeFirst(wishes)
      const block = [lines[first ?? -1]].filter((line) => line !== undefined)
      while (first !== undefined && block.length < most) {
        const index = first + block.length
        const next = lines[index]
        const before = block.at(-1)
        // The line before has reserved this one; that nothing else did shows by what comes after it.
        const follows = next?.request === before?.request && before?.after === index
        if (!next || !follows || !couldBeUsed(index) || used.has(index + 1) || used.has(next.after)) break
        block.push(next)
        reserve(index)
      }
      return block
    },
    takePair() {
      const index = takeIndex(
        (line) =>
          lines[line.after]?.request === line.request && !used.has(line.after) && couldBeUsed(line.after),
      )
      const first = lines[index ?? -1]
      const second = lines[first?.after ?? -1]
      if (!first || !second) return undefined
      reserve(first.after)
      return [first, second]
    },
    takeLogged(wanted) {
      const placeOf = ({ stream, seq }: ArrivedLine) => {
        const [place, ...others] = whereabouts.logged(stream, seq)
        return place?.movable === true && others.length === 0 && wanted(place) ? place : undefined
      }
      const line = lines[takeIndex((line) => placeOf(line) !== undefined) ?? -1]
      const place = line && placeOf(line)
      return place && { line, place }
    },
  }
}
