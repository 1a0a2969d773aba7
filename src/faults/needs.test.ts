import { expect, test } from 'vitest'
import { sent } from '../scenario/condition.js'
import { resolveKnobs } from '../scenario/profiles.js'
import { type Target } from '../scenario/target.js'
import { after, at, every, forGood, lasting, together, type Action } from '../scenario/timeline.js'
import { k0sVersionsOf } from './cluster/k0s-worker.js'
import { checkFaultsWith, neededBy } from './needs.js'
import { aggregator, app, collector, dns, forwarder, forwarders, node } from './vocabulary.js'

test('needs are those of all faults, wherever they stand', () => {
  const steps = [
    together([at(sent(1), forwarder('node-1').pause())], [every('1s', app('node-1').rotateLogs())]),
    after('1s', forwarder('node-1').resume()),
  ]
  expect(neededBy(steps)).toEqual(['signal-processes', 'rotate-logs', 'node-files'])
})

test('start mends a kill and a graceful stop', () => {
  const { kill, stop, start } = aggregator
  expect(
    neededBy([at(sent(1), kill()), after('1s', start()), after('1s', stop()), after('1s', start())]),
  ).toEqual(['signal-processes', 'hold-restart'])
})

test.each([
  [at(sent(1), aggregator.start()), '"start the aggregator": nothing in the timeline breaks it'],
  [
    at(sent(1), lasting('1s', app('node-1').rotateLogs())),
    '"rotate the container logs on node-1, for 1 s" is over once it has happened: it cannot last',
  ],
  [
    every('1s', collector.refuse()),
    `"the destination refuses connections" lasts until it is mended: repeat lasting('1s', …) of it`,
  ],
])('refuses step %#', (step, problem) => {
  expect(() => neededBy([step])).toThrow(`The timeline cannot go on so:\n  ${problem}`)
})

test('refuses a fault of something that it cannot hit, or that there is not', () => {
  const hit = (fault: string, target: Target): Action => ({
    type: 'inject',
    spec: { fault, target, description: 'it breaks', parameters: {} },
  })
  expect(() => neededBy([at(sent(1), hit('kill', { role: 'collector' }))])).toThrow(
    '"it breaks": kill is of forwarder, aggregator, not of collector',
  )
  expect(() => neededBy([at(sent(1), hit('network-cut', { role: 'aggregator' }))])).toThrow(
    '"it breaks": network-cut is of network, not of aggregator',
  )
  expect(() => neededBy([at(sent(1), hit('kil', { role: 'aggregator' }))])).toThrow('there is no fault "kil"')
})

test('faults that a setting makes impossible are refused before anything is started', () => {
  const fill = [at(sent(1), aggregator.fillDisk())]
  expect(() => checkFaultsWith(resolveKnobs('hardened'), fill)).toThrow(
    '"fill the state volume of the aggregator": a volume without a size is never full: set the knob aggregator.stateVolumeSize',
  )
  expect(() =>
    checkFaultsWith(resolveKnobs('hardened', { 'aggregator.stateVolumeSize': '8m' }), fill),
  ).not.toThrow()
  const { fillDisk, powerOff } = node('node-1')
  const limited = resolveKnobs('hardened', { 'node.diskSize': '32m' })
  expect(() => checkFaultsWith(resolveKnobs('hardened'), [at(sent(1), fillDisk())])).toThrow(
    'set the knob node.diskSize',
  )
  expect(() => checkFaultsWith(limited, [at(sent(1), fillDisk())])).not.toThrow()
  expect(() => checkFaultsWith(limited, [at(sent(1), powerOff())])).toThrow('is in memory')
  const second = [at(sent(1), aggregator.startSecond())]
  expect(() => checkFaultsWith(resolveKnobs('hardened'), second)).not.toThrow()
  expect(() => checkFaultsWith(resolveKnobs('naive'), second)).toThrow('two aggregators share nothing unless')
})

test.each([
  [node('node-1').stopKubelet(), node('node-1').startKubelet()],
  [node('node-1').powerOff(), node('node-1').powerOn()],
  [node('node-1').fence(), node('node-1').powerOn()],
  [node('node-1').drain(), node('node-1').uncordon()],
  [node('node-1').taint(), node('node-1').untaint()],
  [node('node-1').cutFrom('node-2'), node('node-1').restoreNetwork()],
  [node('node-1').removeImage('forwarder'), node('node-1').restoreImage()],
  [node('node-1').fillDisk(), node('node-1').freeDisk()],
  [dns.stop(), dns.start()],
])('fault %# of a cluster is mended by its own', (inject, heal) => {
  expect(neededBy([at(sent(1), inject), after('1s', heal)])).toEqual(['kubernetes'])
})

test('containerd can be stopped alone only where it is a service of its own', () => {
  const { stopContainerd, startContainerd } = node('node-1')
  expect(neededBy([at(sent(1), stopContainerd()), after('1s', startContainerd())])).toEqual([
    'kubernetes',
    'containerd-service',
  ])
})

test('what is done to k0s needs k0s, and is over once it has happened', () => {
  const { restartK0s, terminateK0s, killK0s, upgradeK0s, killKubelet } = node('node-1')
  for (const action of [restartK0s(), terminateK0s(), killK0s(), upgradeK0s()]) {
    expect(neededBy([at(sent(1), action)])).toEqual(['kubernetes', 'k0s'])
    expect(() => neededBy([at(sent(1), lasting('1s', action))])).toThrow('over once it has happened')
  }
  expect(neededBy([at(sent(1), killKubelet())])).toEqual(['kubernetes'])
})

test('a node can be off for good, and is not powered on then', () => {
  const { powerOff, powerOn } = node('node-1')
  expect(neededBy([at(sent(1), forGood(powerOff()))])).toEqual(['kubernetes'])
  expect(() => neededBy([at(sent(1), forGood(powerOff())), after('1s', powerOn())])).toThrow(
    '"power node-1 on": nothing in the timeline breaks it',
  )
  expect(() => neededBy([at(sent(1), forGood(aggregator.stop()))])).toThrow(
    'only what takes a whole node away can be for good, such as powerOff',
  )
  expect(() => neededBy([every('1s', forGood(powerOff()))])).toThrow('happens once, and has no end')
})

test('a rolling update is over once it has happened', () => {
  for (const action of [forwarders.rollingUpdate(), aggregator.rollingUpdate()]) {
    expect(neededBy([every('1s', action, { times: 2 })])).toEqual(['kubernetes'])
  }
})

test('only a block volume has an attachment to delete', () => {
  const steps = [at(sent(1), aggregator.deleteVolumeAttachment())]
  expect(() => checkFaultsWith(resolveKnobs('hardened', { 'aggregator.storage': 'file' }), steps)).toThrow(
    'only a block volume is attached to a node: set the knobs aggregator.storage=block',
  )
  expect(() =>
    checkFaultsWith(resolveKnobs('hardened', { 'aggregator.storage': 'block' }), steps),
  ).not.toThrow()
  expect(neededBy(steps)).toEqual(['kubernetes', 'rwo-volumes'])
})

test('starting kubelet mends a fence of a machine that was on, and nothing mends it where it was off', () => {
  const { stopKubelet, fence, startKubelet, powerOn } = node('node-2')
  const fenced = (whileOn: boolean, mend: Action) =>
    [at(sent(1), fence({ whileOn })), after('1s', mend)] as const
  expect(neededBy([at(sent(1), stopKubelet()), ...fenced(true, startKubelet())])).toEqual(['kubernetes'])
  expect(() => neededBy(fenced(true, powerOn()))).toThrow('nothing in the timeline breaks it')
  expect(() => neededBy(fenced(false, startKubelet()))).toThrow('nothing in the timeline breaks it')
})

test('what a timeline puts on nodes in the place of their k0s is known beforehand, once each', () => {
  const { upgradeK0s, restartK0s } = node('node-1')
  const steps = [
    at(sent(10), restartK0s()),
    at(sent(20), upgradeK0s()),
    together([after('1s', upgradeK0s({ version: 'v1.33.3+k0s.0' }))], [after('1s', upgradeK0s())]),
  ]
  expect(k0sVersionsOf(steps)).toEqual([undefined, 'v1.33.3+k0s.0'])
  expect(k0sVersionsOf([at(sent(10), restartK0s())])).toEqual([])
})
