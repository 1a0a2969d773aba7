import { columnsOf } from './width.js'

export interface TerminalOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Lines at the bottom of a terminal that are written again and again, with ordinary output above them. */
export interface LiveArea {
  show(lines: readonly string[]): void
  /** Takes the area away, writes the text for good, and leaves the area away until the next `show`. */
  print(text: string): void
}

/**
 * The cursor is left visible and at the start of the line below the area, so that a process that is killed leaves
 * a terminal that needs no mending.
 */
export function liveArea(output: TerminalOutput): LiveArea {
  let shown: readonly string[] = []
  // A terminal that was made narrower in the meantime has broken long lines into several rows.
  const rowsShown = () =>
    shown.reduce((rows, line) => rows + Math.max(1, Math.ceil(columnsOf(line) / (output.columns ?? 80))), 0)
  const erase = () => (shown.length === 0 ? '' : `\u001b[${String(rowsShown())}A\r\u001b[0J`)
  return {
    show(lines) {
      const before = erase()
      shown = [...lines]
      output.write(`${before}${lines.map((line) => `${line}\n`).join('')}`)
    },
    print(text) {
      const before = erase()
      shown = []
      if (before + text !== '') output.write(before + text)
    },
  }
}
