/// <reference types="vite/client" />
import 'gapless/vitest'
import { runScenario, type Scenario } from 'gapless'
import { describe, expect, test } from 'vitest'

/** Every scenario of this directory as a test: `npm run scenarios -- -t forwarder-killed` runs one of them. */
const files = import.meta.glob<Scenario>('./*.ts', { eager: true, import: 'default' })
const scenarios = Object.entries(files)
  .filter(([file]) => !file.endsWith('.vitest.ts'))
  .map(([, scenario]) => scenario)

for (const scenario of scenarios) {
  // What only a cluster has is run with `--testbed kind`.
  describe.skipIf(scenario.needs?.includes('kubernetes'))(scenario.name, () => {
    const variants = Object.keys(scenario.variants ?? {})
    for (const variant of variants.length > 0 ? variants : [undefined]) {
      test([scenario.proves, variant].join(' ').trim(), async () => {
        const result = await runScenario(scenario, variant === undefined ? {} : { variant })
        expect(result).toHaveVerdict('pass')
      })
    }
  })
}
