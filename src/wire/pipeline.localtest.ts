import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenario } from '../run-scenario.js'
import { readNdjson, temporaryDirectory } from '../testing/ends.js'
import { after, aggregator, at, defineScenario, network, none, sent, some } from '../vocabulary.js'
import { wireEntrySchema } from './ledger.js'

test('a forwarder without an aggregator, whose acknowledgements get lost, sends again', async () => {
  await using reports = await temporaryDirectory()
  const scenario = defineScenario({
    name: 'forwarder-alone',
    proves: 'A chunk whose acknowledgement is lost is sent again.',
    aggregator: false,
    nodes: 1,
    load: { lines: 900, linesPerSecond: 300 },
    knobs: { 'forward.ackResponseTimeout': '1s' },
    timeline: [at(sent(200), network('node-1').dropAcks()), after('1500ms', network('node-1').restore())],
    expect: { lost: none, duplicated: some },
  })
  await expect(runScenario({ ...scenario, tap: false }, { out: reports.path })).rejects.toThrow(
    'without the tap, nothing can misbehave on the network',
  )

  const result = await runScenario(scenario, { out: reports.path })
  expect(result).toMatchObject({
    verdict: 'pass',
    reasons: [],
    totals: { sent: 900, delivered: 900, lost: 0 },
  })
  expect(
    result.faults[0]?.evidence.map(({ what, holds }) => [what.replace(/^\d+ acknowledgements?/, 'N'), holds]),
  ).toEqual([
    ['the network of node-1 loses acknowledgements: the tap says so', true],
    ['N did not reach the forwarder', true],
    ['mended: the network of node-1 loses acknowledgements', true],
  ])
  const [run = ''] = (await readdir(reports.path)).filter((name) => name !== 'latest')
  const arrivals = await readNdjson(join(reports.path, run, 'collector', 'arrivals.ndjson'))
  expect(new Set(arrivals.map((arrival) => (arrival as { path: string }).path))).toEqual(
    new Set(['/from/forwarder']),
  )
  const wire = await readNdjson(join(reports.path, run, 'wire', 'wire.ndjson'))
  const entries = wire.map((entry) => wireEntrySchema.parse(entry))
  expect(entries.some((entry) => entry.type === 'ack' && entry.dropped)).toBe(true)
  expect(
    (await readdir(join(reports.path, run, 'fluentd'))).filter((name) => name.includes('aggregator')),
  ).toEqual([])
})

test('a scenario that breaks an aggregator which it is without is refused', async () => {
  const scenario = defineScenario({
    name: 'nothing-there',
    proves: 'Nothing.',
    aggregator: false,
    load: { lines: 10, linesPerSecond: 10 },
    timeline: [at(sent(1), aggregator.kill())],
  })
  await expect(runScenario(scenario)).rejects.toThrow('there is no aggregator in this pipeline')
})
