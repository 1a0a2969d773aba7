import { expect, test } from 'vitest'
import { aggregator, collector, forwarder, network } from '../faults/vocabulary.js'
import { all, sent } from './condition.js'
import { checkStations } from './stations.js'
import { at, together } from './timeline.js'

const whole = { aggregator: true, tap: true }
const kill = at(sent(1), forwarder('node-1').kill())

test.each([
  ['with everything there is', whole, [at(aggregator.buffered(), network().cut())]],
  ['a forwarder alone', { aggregator: false, tap: false }, [kill, at(sent(1), collector.hold())]],
  ['a network without aggregator', { aggregator: false, tap: true }, [at(sent(1), network('node-1').cut())]],
])('%s is fine', (_, pipeline, steps) => {
  expect(() => {
    checkStations({ ...pipeline, steps })
  }).not.toThrow()
})

test.each([
  [at(sent(1), aggregator.kill()), '"SIGKILL to all processes of the aggregator": there is no aggregator'],
  [
    at(aggregator.down(), collector.hold()),
    '"the container of the aggregator is down": there is no aggregator',
  ],
  [together([at(all(sent(1), aggregator.bufferedBeyondHeld()), collector.hold())]), 'there is no aggregator'],
])('without an aggregator nothing can be said of it %#', (step, message) => {
  expect(() => {
    checkStations({ aggregator: false, tap: true, steps: [kill, step] })
  }).toThrow(message)
})

test('without the tap the network cannot be broken', () => {
  expect(() => {
    checkStations({ aggregator: true, tap: false, steps: [at(sent(1), network('node-1').delay('1s'))] })
  }).toThrow('"the network of node-1 delays everything by 1 s each way": without the tap')
})
