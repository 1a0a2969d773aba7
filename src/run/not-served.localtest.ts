import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { casesOf } from '../scenario/plan.js'
import { listRuns } from '../processes/registry.js'
import { type Testbed } from '../testbed/contract.js'
import { localTestbed } from '../testbed/local/testbed.js'
import { temporaryDirectory } from '../testing/ends.js'
import { executeRun } from './session.js'

/** At best it has more than it turns out to have once it stands, as a cluster of an older Kubernetes. */
const testbed: Testbed = {
  ...localTestbed,
  capabilities: new Set([...localTestbed.capabilities, 'out-of-service-taint']),
  provision: async (options) => ({
    ...(await localTestbed.provision(options)),
    lacks: new Set(['out-of-service-taint']),
  }),
}

test('a run that needs what its cluster turns out not to have ends before anything is deployed, and leaves nothing', async () => {
  await using out = await temporaryDirectory()
  const [planned] = casesOf(
    {
      name: 'needs-more',
      proves: 'Nothing.',
      needs: ['out-of-service-taint'],
      load: { lines: 100, linesPerSecond: 100 },
      timeline: [],
    },
    'needs-more.ts',
  )
  const run = executeRun(planned!, 1, {
    testbed,
    fluentdOf: () =>
      Promise.resolve({ version: '1.16.11', rubyVersion: '', command: [], env: {}, notes: [] }),
    out: out.path,
    keep: false,
    signal: new AbortController().signal,
    listener: {},
  })
  await expect(run).rejects.toMatchObject({
    code: 'not-served',
    message: expect.stringContaining('(out-of-service-taint)') as string,
  })
  const [directory = ''] = readdirSync(out.path).filter((name) => name.includes('needs-more'))
  expect(listRuns().filter(({ runId }) => runId === directory)).toEqual([])
  expect(existsSync(`${out.path}/${directory}/fluentd`)).toBe(false)
})
