import { type Load } from './define.js'

/** Of the lines of each stream, those before the load, and those after the last fault was healed. */
export interface EdgeLines {
  readonly warmUpLines: number
  readonly probeLines: number
}

/** A few lines show that every stream arrives at all, and a few more that it does again when all is mended. */
export function edgeLines(lines: number): EdgeLines {
  return { warmUpLines: Math.min(10, Math.ceil(lines / 4)), probeLines: Math.min(5, Math.floor(lines / 4)) }
}

/** How many lines are sent while the timeline goes on, over all streams or those of one node; the probe comes after. */
export function linesUntilProbe(load: Load, nodes: readonly string[], node?: string): number {
  const streams = Array.from(
    { length: load.streams ?? nodes.length },
    (_, index) => nodes[index % nodes.length],
  )
  const counted = streams.filter((on) => node === undefined || on === node).length
  return counted * (load.lines - edgeLines(load.lines).probeLines)
}
