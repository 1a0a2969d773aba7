import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { claims } from '../claims/claims.js'
import { renderClaims, renderClaimsMarkdown } from '../claims/render.js'
import { claimTable } from '../claims/table.js'
import { packageRoot } from '../package-root.js'
import { readResults } from '../store/run-directory.js'

export interface ClaimsArguments {
  readonly out: string
  readonly json?: boolean
  readonly markdown?: boolean
}

/** `gapless claims`: what the articles claim, and what stored runs measured. */
export async function claimsCommand({ out, json, markdown }: ClaimsArguments): Promise<number> {
  const rows = claimTable(claims, await readResults(out))
  if (json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else if (markdown === true) process.stdout.write(renderClaimsMarkdown(rows, readNotes()))
  else process.stdout.write(`${renderClaims(rows)}\n`)
  return 0
}

/** What was learned when a measurement contradicted an expectation, by claim; kept by hand. */
function readNotes(): Record<string, string> {
  const file = path.join(packageRoot, 'fixtures/claim-notes.yaml')
  return existsSync(file) ? ((parse(readFileSync(file, 'utf8')) as Record<string, string> | null) ?? {}) : {}
}
