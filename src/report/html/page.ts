import { html, trusted, type Html, type Part } from './markup.js'
import { styles } from './styles.js'

/**
 * A whole document that needs nothing from outside. The policy forbids scripts and requests, so that even text
 * that was not escaped could do nothing.
 */
export function page(title: string, version: string, ...content: readonly Part[]): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="gapless ${version}" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(styles)}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `
}
