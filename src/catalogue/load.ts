import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { GaplessError } from '../errors.js'
import { packageRoot } from '../package-root.js'
import { type Scenario } from '../scenario/define.js'
import { didYouMean } from '../nearest.js'
import { checkScenario } from '../scenario/schema.js'
import { importDefault } from './import-default.js'

export interface LoadedScenario {
  readonly scenario: Scenario
  /** Absolute path of its file. */
  readonly file: string
}

export const catalogueDirectory = path.join(packageRoot, 'scenarios')

/** Names of the scenarios that come along, without loading them. */
export async function catalogueNames(): Promise<string[]> {
  const files = await readdir(catalogueDirectory)
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.vitest.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}

/**
 * Scenarios by name, by a glob over names (`aggregator-*`), or by path to a file anywhere. In order, each once.
 * Throws a GaplessError ('usage' where nothing matches, 'scenario-invalid' for what a file does wrong).
 */
export async function loadScenarios(selectors: readonly string[]): Promise<LoadedScenario[]> {
  const names = await catalogueNames()
  const files = selectors.flatMap((selector) => filesOf(selector, names))
  return Promise.all([...new Set(files)].map(loadScenarioFile))
}

function filesOf(selector: string, names: readonly string[]): string[] {
  if (/\.[cm]?[jt]s$/.test(selector) || selector.includes(path.sep)) {
    const file = path.resolve(selector)
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.isFile()) return [file]
    throw found
      ? new GaplessError(`${file} is no file`, { code: 'usage', hint: 'Name the scenario file itself.' })
      : new GaplessError(`there is no scenario file ${file}`, { code: 'usage' })
  }
  const matching = names.filter((name) => globPattern(selector).test(name))
  if (matching.length > 0) return matching.map((name) => path.join(catalogueDirectory, `${name}.ts`))
  throw new GaplessError(`there is no scenario "${selector}".${didYouMean(selector, names)}`, {
    code: 'usage',
    hint: `Scenarios: ${names.join(', ')}; or the path of a file.`,
  })
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}

/** Loads one scenario file, TypeScript or JavaScript; `gapless` resolves to this package, wherever the file lies. */
export async function loadScenarioFile(file: string): Promise<LoadedScenario> {
  const found = await importDefault(file, 'export default defineScenario({ … })')
  return { scenario: checkScenario(found, file), file }
}
