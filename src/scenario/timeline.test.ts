import { describe, expect, test } from 'vitest'
import { aggregator, app, collector, forwarder, node } from '../faults/vocabulary.js'
import { all, delivered, sent } from './condition.js'
import {
  actionsOf,
  after,
  at,
  conditionsOf,
  describeAction,
  describeStep,
  every,
  lasting,
  together,
  when,
} from './timeline.js'

describe('describeStep', () => {
  test.each([
    [
      at(sent(1000), lasting('30s', forwarder('node-1').pause())),
      '1,000 lines sent: pause the forwarder on node-1 (SIGSTOP), for 30 s',
    ],
    [
      every('500ms', app('node-1').rotateLogs(), { until: delivered(3000) }),
      'every 500 ms until 3,000 lines delivered: rotate the container logs on node-1',
    ],
    [
      every('2m', lasting({ until: collector.holds() }, collector.hold()), {
        from: sent(5),
        for: '1h',
        times: 3,
      }),
      '5 lines sent, then every 2 min for 60 min or 3 times: the destination holds requests unanswered, until the collector holds a request unanswered',
    ],
    [
      every('1s', forwarder('node-2').flush()),
      'every 1 s until the load is over: flush the buffers of the forwarder on node-2 (SIGUSR1)',
    ],
    [
      together(
        [after('1s', aggregator.delete())],
        [at(sent(2), node('node-1').wipeDisk()), after('5ms', aggregator.recreate({ node: 'node-1' }))],
      ),
      'side by side [1 s later: delete the pod of the aggregator] and [2 lines sent: wipe the disk of node-1; 5 ms later: create the pod of the aggregator again on node-1]',
    ],
    [
      when(
        all(forwarder('node-1').restarted(2), aggregator.logged(/flush/i, { times: 3 })),
        aggregator.stop({ gracePeriod: '5s' }),
      ),
      'the container of the forwarder on node-1 was restarted 2 times and the aggregator has logged /flush/i 3 times: stop the aggregator gracefully with a grace period of 5s',
    ],
    [
      when(
        all(aggregator.down(), forwarder('node-1').buffered({ moreThanBytes: 65536 })),
        aggregator.start(),
      ),
      'the container of the aggregator is down and more than 65,536 bytes are in the buffer of the forwarder on node-1: start the aggregator',
    ],
  ])('says step %# in words', (step, words) => {
    expect(describeStep(step)).toBe(words)
    expect(JSON.parse(JSON.stringify(step))).toEqual(step)
  })
})

test('what mends something cannot last', () => {
  expect(() => lasting('1s', aggregator.start())).toThrow(
    '"start the aggregator" mends something and cannot last',
  )
})

test('actions and conditions are found wherever they stand', () => {
  const steps = [
    together(
      [every('1s', app('node-1').rotateLogs(), { from: sent(1), until: sent(2) })],
      [at(all(sent(3), sent(4)), lasting({ until: sent(5) }, collector.refuse()))],
    ),
    after('1s', collector.release()),
  ]
  expect(actionsOf(steps).map(describeAction)).toEqual([
    'rotate the container logs on node-1',
    'the destination refuses connections, until 5 lines sent',
    'the destination releases what it holds and answers again',
  ])
  const lines = conditionsOf(steps).map((condition) =>
    condition.on === 'sent' ? condition.lines : condition.on,
  )
  expect(lines).toEqual([1, 2, 'all', 3, 4, 5, 'elapsed'])
})
