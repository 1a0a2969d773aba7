/** Text that is markup already. Everything else that goes into a page is escaped. */
export interface Html {
  readonly markup: string
}

export type Part = Html | string | number | null | undefined | false | readonly Part[]

/** Markup from a template; what is put into it is escaped unless it is `Html` itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.reduce((text, string, index) => text + render(parts[index - 1]) + string)
  return { markup }
}

/** Only for text that this project wrote itself. */
export function trusted(markup: string): Html {
  return { markup }
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escapeHtml(part)
  if (typeof part === 'number') return String(part)
  return 'markup' in part ? part.markup : part.map(render).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Safe between tags and inside quoted attributes. What HTML does not allow at all becomes U+FFFD. */
export function escapeHtml(text: string): string {
  return text

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** Long text of others, cut so that a page keeps its size. */
export function clipped(text: string, characters: number): string {
  return text.length <= characters
    ? text
    : `${text.slice(0, characters)}… (${String(text.length - characters)} more characters)`
}
