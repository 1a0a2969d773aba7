import { describe, expect, test } from 'vitest'
import { type TracedLoss } from '../account/trace.js'
import { type RunEvent } from '../store/events.js'
import { type FaultResult } from '../store/result.js'
import { explainLoss, type LossCircumstances } from './explain.js'

const startedAtMs = Date.parse('2026-01-01T12:00:00Z')
const exited = (pod: string, afterMs: number): RunEvent =>
  ({
    type: 'testbed',
    atMs: startedAtMs + afterMs,
    event: { type: 'container-exited', atMs: startedAtMs + afterMs, pod, signal: 'SIGKILL', code: null },
  }) as unknown as RunEvent
const events = [
  exited('fluentd-forwarder-node-1', 1000),
  exited('fluentd-aggregator-0', 2000),
  exited('fluentd-forwarder-node-2', 3000),
  exited('fluentd-forwarder-node-1', 4000),
]
const around: LossCircumstances = {
  node: 'node-1',
  events,
  faults: [],
  zeroMs: startedAtMs,
  sentBy: () => startedAtMs + 1500,
  positionsGone: [],
  passedOver: false,
  crossings: [],
  buffers: { forwarder: 'memory', aggregator: 'file' },
}
const loss = (lastSeen: TracedLoss['lastSeen'], firstMissing: TracedLoss['firstMissing']): TracedLoss => ({
  lastSeen,
  firstMissing,
  lines: 3,
  ranges: [[4, 6]],
})
const forwarderAt4 = 'the SIGKILL of the forwarder on node-1, whose buffer was a memory buffer, at 4.00 s'
const aggregatorAt2 = 'the SIGKILL of the aggregator, whose buffer was a file buffer, at 2.00 s'

describe('a loss is explained by the end of a container', () => {
  test.each<[string, TracedLoss, string]>([
    ['that had the lines, and not by one before they were sent', loss('forwarder', 'wire'), forwarderAt4],
    ['behind the wire by one of the aggregator', loss('wire', 'destination'), aggregatorAt2],
    ['acknowledged by one of the aggregator', loss('aggregator', 'destination'), aggregatorAt2],
    [
      'of either where it cannot be known',
      loss('forwarder', 'destination'),
      `${forwarderAt4}, or at ${aggregatorAt2}`,
    ],
  ])('%s', (_, traced, cause) => {
    expect(explainLoss(traced, around).explanation.split(': lost at ')[1]).toBe(cause)
  })

  test('of one of several aggregators, by its number', () => {
    const more = { ...around, events: [...events, exited('fluentd-aggregator-1', 2500)] }
    expect(explainLoss(loss('wire', 'destination'), more).explanation).toContain(
      'lost at the SIGKILL of the aggregator 0, whose buffer was a file buffer, at 2.00 s, or at the SIGKILL of the aggregator 1,',
    )
  })

  test('and by none where none came after', () => {
    const late = { ...around, sentBy: () => startedAtMs + 5000 }
    expect(explainLoss(loss('forwarder', 'wire'), late).explanation).toMatch(
      /: no event of the run explains it$/,
    )
  })

  test('or by what was broken for a moment shortly before, and not long before', () => {
    const oversize: FaultResult = {
      id: 'fault-1',
      kind: 'stray-lines',
      target: 'app on node-1',
      description: 'write an oversize line',
      condition: '500 lines sent',
      injectedAtMs: startedAtMs + 4600,
      healedAtMs: startedAtMs + 4600,
      proven: true,
      evidence: [],
    }
    const after = (ms: number) => ({
      ...around,
      events: [],
      faults: [oversize],
      sentBy: () => startedAtMs + 4600 + ms,
    })
    expect(explainLoss(loss('forwarder', 'wire'), after(400)).explanation).toMatch(
      /: nothing ended that had them; broken shortly before: "write an oversize line" \(at 4\.60 s\)$/,
    )
    expect(explainLoss(loss('forwarder', 'wire'), after(5400)).explanation).toMatch(/no event of the run/)
  })
})

describe('a container whose end nobody told', () => {
  const fault = (description: string, fromMs: number, target = 'node-2'): FaultResult => ({
    id: description,
    kind: 'fault',
    target,
    description,
    condition: 'at once',
    injectedAtMs: startedAtMs + fromMs,
    healedAtMs: startedAtMs + 9000,
    proven: true,
    evidence: [],
  })
  const event = (type: string, afterMs: number, more: Record<string, unknown> = {}): RunEvent =>
    ({
      type: 'testbed',
      atMs: startedAtMs + afterMs,
      event: {
        ...{ type, atMs: startedAtMs + afterMs, pod: 'fluentd-aggregator-0', node: 'node-2' },
        ...{ containerId: 'first', code: 0, signal: null },
        ...more,
      },
    }) as unknown as RunEvent
  const faults = [
    fault('power off', 2000),
    fault('fence', 3000),
    fault('hold', 3000, 'collector'),
    fault('later', 4000),
  ]
  const explained = (...told: RunEvent[]) =>
    explainLoss(loss('aggregator', 'destination'), { ...around, faults, events: told }).explanation.split(
      'delivered: ',
    )[1]

  test('ended with its pod at the latest, in what was done to its node', () => {
    expect(
      explained(
        event('container-started', 0),
        event('pod-deleted', 3500),
        event('container-started', 3600, { node: 'node-1', containerId: 'second' }),
        event('pod-deleted', 3900),
      ),
    ).toBe(
      'lost at the deletion of the aggregator, whose buffer was a file buffer, amid "power off" (2.00 s to 9.00 s) and "fence" (3.00 s to 9.00 s), at 3.50 s',
    )
  })

  test('did not end a second time when its pod went', () => {
    expect(
      explained(
        event('container-started', 0),
        event('container-exited', 1600, { signal: 'SIGKILL' }),
        event('pod-deleted', 3500),
      ),
    ).toBe('lost at the SIGKILL of the aggregator, whose buffer was a file buffer, at 1.60 s')
  })

  test('or was told without saying whose it was', () => {
    expect(
      explained(
        event('container-started', 0),
        event('container-exited', 1600, { containerId: '', code: null }),
        event('pod-deleted', 3500),
      ),
    ).toBe('lost at the end of the aggregator, whose buffer was a file buffer, at 1.60 s')
  })

  test('runs on when another pod of its name goes from another node', () => {
    expect(explained(event('container-started', 0), event('pod-deleted', 3500, { node: 'node-1' }))).toMatch(
      /^nothing ended that had them; broken at that time or later: /,
    )
  })
})

describe('lines that crossed the wire are explained by what came after', () => {
  const crossing = (first: number, last: number, afterMs: number) => ({
    first,
    last,
    atMs: startedAtMs + afterMs,
  })
  const written = { ...around, sentBy: () => startedAtMs }

  test('they had crossed, and by nothing that ended before', () => {
    const explained = (afterMs: number) =>
      explainLoss(loss('wire', 'destination'), { ...written, crossings: [crossing(1, 9, afterMs)] })
    expect(explained(2999).explanation.split(': lost at ')[1]).toBe(aggregatorAt2)
    expect(explained(3000)).toEqual({
      explanation:
        '3 lines gone: sent over the wire, and not acknowledged, never delivered: no event of the run explains it, none came after they had crossed',
      causes: [],
    })
  })

  test('each by its own crossing, and by the last one', () => {
    const crossings = [crossing(4, 6, 1000), crossing(6, 9, 3000)]
    expect(
      explainLoss(loss('aggregator', 'destination'), { ...written, crossings }).explanation.split(
        'delivered: ',
      )[1],
    ).toBe(`2 lost at ${aggregatorAt2}; 1 no event of the run explains it, none came after they had crossed`)
  })

  test('not by a fault that was over, unless it left something on their way', () => {
    const fault = (healedAfterMs: number): FaultResult => ({
      id: 'fault-1',
      kind: 'any',
      target: 'aggregator',
      description: 'break it',
      condition: 'at once',
      injectedAtMs: startedAtMs + 1000,
      healedAtMs: startedAtMs + healedAfterMs,
      proven: true,
      evidence: [],
    })
    const causes = (healedAfterMs: number) =>
      explainLoss(loss('wire', 'destination'), {
        ...written,
        events: [],
        faults: [fault(healedAfterMs)],
        crossings: [crossing(1, 9, 2500)],
      }).causes.map(({ what }) => what)
    expect(causes(2400)).toEqual([])
    expect(causes(2600)).toEqual(['break it'])
    expect(causes(1000)).toEqual(['break it'])
  })
})
