import { stripVTControlCharacters } from 'node:util'

const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]$/u

/** Columns that a text takes on a terminal; escape sequences take none. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of stripVTControlCharacters(text)) {
    columns += invisible.test(character) ? 0 : wide.test(character) ? 2 : 1
  }
  return columns
}

/** Text without escape sequences, cut to so many columns. */
export function truncate(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let out = ''
  for (const character of text) {
    if (columnsOf(out + character) > columns - 1) break
    out += character
  }
  return columns > 0 ? `${out}…` : ''
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - columnsOf(text))) + text
}

/** Breaks at spaces; words longer than a line stay whole, so that a path or command can still be copied. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && columnsOf(longer) > columns) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
