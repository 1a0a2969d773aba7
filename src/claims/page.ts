import { type Answer } from './answers.js'
import { articles, type Article } from './claims.js'
import { type ClaimRow, type Holds, type Measurement } from './table.js'

/** What `gapless claims` says, as JSON, on a terminal and in Markdown. */
export interface Page {
  readonly questions: readonly Answer[]
  readonly claims: readonly ClaimRow[]
}

export const holdsWord: Readonly<Record<Holds, string>> = {
  yes: 'yes',
  no: 'NO',
  'not always': 'NOT ALWAYS',
  unknown: 'not known',
}

export function articleNames(names: readonly Article[]): string {
  return names.map((article) => articles[article]).join('; ')
}

/** "rain, with wind (local, profile naive, Fluentd 1.16.11)" */
export function nameOf(
  { scenario, variant, profile, fluentd }: Measurement,
  ...more: readonly string[]
): string {
  const of = [...more, ...(profile === 'hardened' ? [] : [`profile ${profile}`]), `Fluentd ${fluentd}`]
  return `${scenario}${variant === null ? '' : `, ${variant}`} (${of.join(', ')})`
}
