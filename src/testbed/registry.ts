import { GaplessError } from '../errors.js'
import { type Testbed } from './contract.js'
import { localTestbed } from './local/testbed.js'

export const testbeds: readonly Testbed[] = [localTestbed]

/** Throws a GaplessError ('usage') that names those that there are. */
export function testbedNamed(name: string): Testbed {
  const found = testbeds.find((testbed) => testbed.name === name)
  if (found) return found
  throw new GaplessError(`there is no testbed "${name}"`, {
    code: 'usage',
    hint: `Testbeds: ${testbeds.map((testbed) => testbed.name).join(', ')}.`,
  })
}
