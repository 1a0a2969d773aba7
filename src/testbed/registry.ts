import { GaplessError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { type Testbed } from './contract.js'
import { localTestbed } from './local/testbed.js'

export const testbeds: readonly Testbed[] = [localTestbed]

/** Throws a GaplessError ('usage') that names those that there are. */
export function testbedNamed(name: string): Testbed {
  const found = testbeds.find((testbed) => testbed.name === name)
  if (found) return found
  const names = testbeds.map((testbed) => testbed.name)
  throw new GaplessError(`there is no testbed "${name}".${didYouMean(name, names)}`, {
    code: 'usage',
    hint: `Testbeds: ${names.join(', ')}.`,
  })
}
