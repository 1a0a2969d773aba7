import { styleText } from 'node:util'
import { type Verdict } from '../../store/result.js'

type Format = Parameters<typeof styleText>[0]

/** Puts colour on text, or leaves it as it is. */
export type Paint = (format: Format, text: string) => string

export function painter(color: boolean): Paint {
  // Whether there is to be colour has been decided by then, so the stream is not asked again.
  return color ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
}

/** NO_COLOR and a dumb terminal say no, FORCE_COLOR says yes, else it is whether somebody looks at it. */
export function wantsColor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
  flag?: boolean,
): boolean {
  if (flag === false || (env.NO_COLOR ?? '') !== '') return false
  const force = env.FORCE_COLOR
  if (force !== undefined) return force !== '0' && force !== 'false'
  return isTerminal && env.TERM !== 'dumb'
}

export const verdictWords: Readonly<Record<Verdict, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  inconclusive: 'INCONCLUSIVE',
}

export function paintVerdict(paint: Paint, verdict: Verdict): string {
  const format = { pass: 'green', fail: 'red', inconclusive: 'yellow' } as const
  return paint(['bold', format[verdict]], verdictWords[verdict])
}

/** What others wrote, on one line and without control characters, which a terminal would obey. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�')
}
