import { GaplessError } from '../errors.js'

/** A length of time as Fluentd and Kubernetes write it: '500ms', '2s', '1.5m', '1h'. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h'}`

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

export function isDuration(text: string): text is Duration {
  return pattern.test(text)
}

/** Milliseconds of a duration. Throws a GaplessError ('usage') for anything else. */
export function durationMs(text: string): number {
  const match = pattern.exec(text)
  if (!match) {
    throw new GaplessError(`"${text}" is not a duration`, {
      code: 'usage',
      hint: 'Write 500ms, 2s, 1.5m or 1h.',
    })
  }
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]
}

/** As a person says it: '500 ms', '1.5 s', '2 min'. */
export function describeDuration(ms: number): string {
  if (ms < 1000) return `${String(ms)} ms`
  if (ms < 120_000) return `${String(ms / 1000)} s`
  return `${String(ms / 60_000)} min`
}
