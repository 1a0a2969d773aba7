import { readFileSync } from 'node:fs'
import { packageRoot } from '../package-root.js'
import { resultSchema, type Result } from '../store/result.js'

export const goldenNames = [
  'pass-with-duplicates',
  'fail-with-losses',
  'inconclusive-unproven-fault',
] as const
export type GoldenName = (typeof goldenNames)[number]

/** Where golden results, and what is printed of them, are kept. */
export const goldenDirectory = `${packageRoot}fixtures/golden/`

/** A result written by hand, whose numbers agree with one another. */
export function goldenResult(name: GoldenName): Result {
  return resultSchema.parse(rawGolden(name))
}

export function rawGolden(name: GoldenName): unknown {
  return JSON.parse(readFileSync(`${goldenDirectory}${name}.result.json`, 'utf8'))
}
