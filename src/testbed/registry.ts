import { GaplessError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { type Testbed } from './contract.js'
import { createKindTestbed } from './kind/testbed.js'
import { createK0sTestbed } from './k0s/testbed.js'
import { localTestbed } from './local/testbed.js'
import { defaultSettings, type Settings } from './settings.js'

/** How the testbeds of a call are to be. */
export interface TestbedOptions {
  readonly settings?: Settings
  /** Keep one warm cluster, where the testbed is one. */
  readonly reuse?: boolean
}

/** All that there are. */
export function testbedsOf({
  settings = defaultSettings,
  reuse = false,
}: TestbedOptions = {}): readonly Testbed[] {
  return [localTestbed, createKindTestbed({ settings, reuse }), createK0sTestbed({ settings, reuse })]
}

/** Throws a GaplessError ('usage') that names those that there are. */
export function testbedNamed(name: string, options: TestbedOptions = {}): Testbed {
  const testbeds = testbedsOf(options)
  const found = testbeds.find((testbed) => testbed.name === name)
  if (found) return found
  const names = testbeds.map((testbed) => testbed.name)
  throw new GaplessError(`there is no testbed "${name}".${didYouMean(name, names)}`, {
    code: 'usage',
    hint: `Testbeds: ${names.join(', ')}.`,
  })
}
