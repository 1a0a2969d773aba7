import { formatCount, formatInstant, formatOffset } from '../format.js'
import { html, type Html, type Part } from './markup.js'

/** A point in time relative to the start of the load, with the absolute one as its tooltip. */
export function moment(atMs: number | null, zeroMs: number): Html {
  if (atMs === null) return html`–`
  return html`<time title="${formatInstant(atMs)}">${formatOffset(atMs - zeroMs)}</time>`
}

export function section(id: string, title: string, ...content: readonly Part[]): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section> `
}

/** A table that scrolls in its own box where the page is too narrow for it. */
export function scrollingTable(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`
}

/** The count of something that should not be there: quiet where it is none. */
export function findingCell(count: number, kind: string): Html {
  return count === 0
    ? html`<td class="number none">0</td>`
    : html`<td class="number ${kind}">${formatCount(count)}</td>`
}

export function andMore(rest: number, what: string): Html | false {
  return (
    rest > 0 &&
    html`<p class="more">and ${formatCount(rest)} more ${what}; all of them are in result.json.</p>`
  )
}

/** ✓ or ✗ with the word that says the same. */
export function mark(good: boolean, words: { readonly good: string; readonly bad: string }): Html {
  return good
    ? html`<span class="mark good"><span aria-hidden="true">✓</span> ${words.good}</span>`
    : html`<span class="mark bad"><span aria-hidden="true">✗</span> ${words.bad}</span>`
}
