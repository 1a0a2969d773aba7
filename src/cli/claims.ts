import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { claims } from '../claims/claims.js'
import { answersTo } from '../claims/answers.js'
import { pageMarkdown } from '../claims/markdown.js'
import { questions } from '../claims/questions.js'
import { samplesOf } from '../claims/samples.js'
import { claimTable } from '../claims/table.js'
import { pageText } from '../claims/text.js'
import { packageRoot } from '../package-root.js'
import { readResults } from '../store/run-directory.js'

export interface ClaimsArguments {
  readonly out: string
  readonly json?: boolean
  readonly markdown?: boolean
}

/** `gapless claims`: what readers of the articles ask, what the articles claim, and what stored runs measured. */
export async function claimsCommand({ out, json, markdown }: ClaimsArguments): Promise<number> {
  const samples = samplesOf(await readResults(out))
  const page = { questions: answersTo(questions, samples), claims: claimTable(claims, samples) }
  if (json === true) process.stdout.write(`${JSON.stringify(page, null, 2)}\n`)
  else if (markdown === true) process.stdout.write(pageMarkdown(page, readNotes()))
  else process.stdout.write(`${pageText(page)}\n`)
  return 0
}

/** What was learned when a measurement contradicted an expectation, by claim; kept by hand. */
function readNotes(): Record<string, string> {
  const file = path.join(packageRoot, 'fixtures/claim-notes.yaml')
  return existsSync(file) ? ((parse(readFileSync(file, 'utf8')) as Record<string, string> | null) ?? {}) : {}
}
