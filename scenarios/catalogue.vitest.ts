/// <reference types="vite/client" />
import 'gapless/vitest'
import { runScenario, type Scenario } from 'gapless'
import { describe, expect, test } from 'vitest'

/** Every scenario of this directory as a test: `npm run scenarios -- -t forwarder-killed` runs one of them. */
const files = import.meta.glob<Scenario>('./*.ts', { eager: true, import: 'default' })
const scenarios = Object.entries(files)
  .filter(([file]) => !file.endsWith('.vitest.ts'))
  .map(([, scenario]) => scenario)

describe.each(scenarios)('$name', (scenario) => {
  const variants = Object.keys(scenario.variants ?? {})
  test.each(variants.length > 0 ? variants : [undefined])(`${scenario.proves} %s`, async (variant) => {
    const result = await runScenario(scenario, variant === undefined ? {} : { variant })
    expect(result).toHaveVerdict('pass')
  })
})
