import { describe, expect, test } from 'vitest'
import { type FaultContext, type FaultDefinition } from '../faults/fault.js'
import { custom, type Condition } from '../scenario/condition.js'
import { after, at, every, forGood, lasting, together, type Action, type Step } from '../scenario/timeline.js'
import { type RunEvent } from '../store/events.js'
import { faultsOf } from '../verdict/faults.js'
import { runTimeline } from './timeline.js'

/** A clock that runs only while everybody sleeps. */
function fakeClock() {
  let nowMs = 0
  const sleepers: { atMs: number; wake: () => void }[] = []
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return {
    nowMs: () => nowMs,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ atMs: nowMs + ms, wake })),
    async run(work: Promise<unknown>) {
      let over = false
      const isOver = () => over
      void work.finally(() => (over = true)).catch(() => undefined)
      for (await settle(); !isOver(); await settle()) {
        sleepers.sort((a, b) => a.atMs - b.atMs)
        const next = sleepers.shift()
        if (!next) continue
        nowMs = Math.max(nowMs, next.atMs)
        next.wake()
      }
      await work
    },
  }
}

interface Outcome {
  /** What was done, with the time: "1000 break a". */
  readonly done: readonly string[]
  readonly events: readonly RunEvent[]
  readonly nodesGone: readonly string[]
}

/** Carries steps out with faults "momentary" and "lasting", which take no time unless they are told to. */
async function play(steps: readonly Step[], { loadMs = 60_000 } = {}): Promise<Outcome> {
  const clock = fakeClock()
  const done: string[] = []
  const events: RunEvent[] = []
  const say = (what: string) => done.push(`${String(clock.nowMs())} ${what}`)
  const definitionOf = (fault: string): FaultDefinition => ({
    fault,
    needs: [],
    async inject({ description, parameters }) {
      const [name = ''] = description.split(',')
      say(name)
      if (typeof parameters.tookMs === 'number') await clock.sleep(parameters.tookMs)
      if (parameters.fails === true) throw new Error('it cannot be')
      const shown = [{ what: description, atMs: clock.nowMs(), holds: parameters.holds !== false }]
      if (fault === 'momentary') return { evidence: shown }
      return {
        evidence: shown,
        lasts: () => Promise.resolve([{ what: `${name} lasts`, atMs: clock.nowMs(), holds: true }]),
        heal() {
          say(`mend ${name}`)
          return Promise.resolve([])
        },
      }
    },
  })
  const holds = (condition: Condition) =>
    Promise.resolve(condition.on === 'custom' && Boolean(condition.holds(undefined as never)))
  const context = { nowMs: clock.nowMs, signal: new AbortController().signal } as FaultContext
  clocks.set(steps, clock.nowMs)
  const loadEnded = clock.sleep(loadMs)
  const nodesGone: string[] = []
  await clock.run(
    runTimeline({
      steps,
      context,
      holds,
      loadEnded,
      definitionOf,
      sleep: clock.sleep,
      record: (e) => events.push(e),
      onNodeGone: (node) => nodesGone.push(node),
    }).then((confirmLasting) => confirmLasting()),
  )
  return { done, events, nodesGone }
}

/** The clock of the timeline that is being played, for conditions on it. */
const clocks = new WeakMap<readonly Step[], () => number>()
function timed(make: (from: (ms: number) => Condition) => readonly Step[]): readonly Step[] {
  const nowMs = () => clocks.get(steps)?.() ?? 0
  const steps = make((ms) => custom(`${String(ms)} ms are over`, () => nowMs() >= ms))
  return steps
}

const target = { role: 'aggregator' } as const
const act = (fault: string, description: string, parameters: Record<string, unknown> = {}): Action => ({
  type: 'inject',
  spec: { fault, target, description, parameters },
})
const flash = (name: string, parameters = {}) => act('momentary', name, parameters)
const broken = (name: string, parameters = {}) => act(`lasting-${name}`, name, parameters)
const mend = (name: string): Action => ({
  type: 'heal',
  heals: `lasting-${name}`,
  target,
  description: `mend ${name}`,
})
const never = custom('never', () => false)

describe('runTimeline', () => {
  test('a track goes on step after step, and mends last what was left broken, in reverse', async () => {
    const { done } = await play(
      timed((from) => [
        at(from(1000), broken('a')),
        after('500ms', broken('b')),
        after('1s', broken('c')),
        after('1s', mend('b')),
      ]),
    )
    expect(done).toEqual(['1000 a', '1500 b', '2500 c', '3500 mend b', '3500 mend c', '3500 mend a'])
  })

  test('what lasts is mended after its time, or once a condition holds, before the next step', async () => {
    const { done } = await play(
      timed((from) => [
        after('1s', lasting('2s', broken('a'))),
        after('1s', lasting({ until: from(9000) }, broken('b'))),
        after('1s', flash('c')),
      ]),
    )
    expect(done).toEqual(['1000 a', '3000 mend a', '4000 b', '9000 mend b', '10000 c'])
  })

  test('what is for good is never mended, and looked at when all is over', async () => {
    const powerOff: Action = {
      type: 'inject',
      spec: {
        fault: 'lasting-power',
        target: { role: 'node', node: 'node-1' },
        description: 'power',
        parameters: {},
      },
    }
    const { done, events, nodesGone } = await play([
      after('1s', broken('a')),
      after('1s', forGood(powerOff)),
      after('1s', mend('a')),
    ])
    expect(done).toEqual(['1000 a', '2000 power', '3000 mend a'])
    expect(nodesGone).toEqual(['node-1'])
    expect(faultsOf(events)).toMatchObject([
      { id: 'fault-1', healedAtMs: 3000 },
      {
        id: 'fault-2',
        healedAtMs: null,
        description: 'power, for good',
        evidence: [{ what: 'power, for good' }, { what: 'power lasts' }],
      },
    ])
  })

  test('a rhythm keeps its beats, whatever each takes, and leaves out those it missed', async () => {
    const steps = [every('1s', flash('a', { tookMs: 1200 }), { times: 3 }), after('0ms', flash('b'))]
    expect((await play(steps)).done).toEqual(['0 a', '2000 a', '4000 a', '5200 b'])
  })

  test.each([
    ['a time', timed(() => [every('1s', flash('a'), { for: '2500ms' })]), ['0 a', '1000 a', '2000 a']],
    ['a condition', timed((from) => [every('1s', flash('a'), { until: from(1500) })]), ['0 a', '1000 a']],
    ['the load', timed(() => [every('25s', flash('a'))]), ['0 a', '25000 a', '50000 a']],
  ])('a rhythm ends with %s', async (_, steps, done) => {
    expect((await play(steps)).done).toEqual(done)
  })

  test('a rhythm begins when its condition holds', async () => {
    const { done } = await play(timed((from) => [every('1s', flash('a'), { from: from(3000), times: 2 })]))
    expect(done).toEqual(['3000 a', '4000 a'])
  })

  test('tracks go on side by side, and what comes after waits for all', async () => {
    const { done } = await play([
      together([after('1s', broken('a')), after('3s', flash('c'))], [after('2s', mend('a'))]),
      after('1s', flash('d')),
    ])
    expect(done).toEqual(['1000 a', '2000 mend a', '4000 c', '5000 d'])
  })

  test('a momentary fault that is repeated is one, proven only if it was each time', async () => {
    const { events } = await play([every('1s', flash('a'), { times: 3 })])
    expect(events.map(({ type }) => type)).toEqual([
      'fault-injected',
      'fault-repeated',
      'fault-repeated',
      'fault-healed',
    ])
    expect(faultsOf(events)).toMatchObject([
      {
        id: 'fault-1',
        injectedAtMs: 0,
        healedAtMs: 2000,
        proven: true,
        evidence: [{ what: 'a' }, { what: 'it was done 3 times within 2.0 s' }],
      },
    ])
    const failing = await play([every('1s', flash('a', { holds: false }), { times: 2 })])
    expect(faultsOf(failing.events)).toMatchObject([{ proven: false }])
    expect(faultsOf(failing.events)[0]?.evidence).toHaveLength(3)
  })

  test('what lasts and is repeated is a fault of its own each time', async () => {
    const { events } = await play([every('2s', lasting('1s', broken('a')), { times: 2 })])
    expect(
      faultsOf(events).map(({ id, injectedAtMs, healedAtMs }) => [id, injectedAtMs, healedAtMs]),
    ).toEqual([
      ['fault-1.1', 0, 1000],
      ['fault-1.2', 2000, 3000],
    ])
  })

  test('a momentary fault is over when it has happened', async () => {
    const { events } = await play([after('1s', flash('a', { tookMs: 300 }))])
    expect(faultsOf(events)).toMatchObject([{ injectedAtMs: 1000, healedAtMs: 1300, proven: true }])
  })

  test('a step whose condition never came true is missed some time after the load, and so are those after it', async () => {
    const { done, events } = await play(
      [
        together([at(never, flash('a')), after('1s', flash('b'))], [after('1s', flash('c'))]),
        after('1s', broken('d')),
      ],
      { loadMs: 5000 },
    )
    expect(done).toEqual(['1000 c'])
    const missed = events.filter((event) => event.type === 'step-missed')
    expect(missed.map(({ description, atMs }) => [description, atMs])).toEqual([
      ['a', 20_025],
      ['b', 20_025],
      ['d', 20_025],
    ])
    expect(missed[0]?.why).toBe('the load ended and "never" had not come true')
  })

  test('what should last or go on until something that never comes is not proven', async () => {
    const { done, events } = await play(
      [
        together(
          [after('0ms', lasting({ until: never }, broken('a')))],
          [every('15s', flash('b'), { until: never })],
        ),
      ],
      { loadMs: 5000 },
    )
    expect(done).toEqual(['0 b', '0 a', '15000 b', '20025 mend a'])
    expect(faultsOf(events).map(({ description, proven }) => [description, proven])).toEqual([
      ['b', false],
      ['a, until never', false],
    ])
  })

  test('a rhythm that is over before its first time is missed', async () => {
    const { done, events } = await play(
      timed((from) => [
        every('1s', flash('a'), { from: from(20), until: from(10) }),
        after('1s', flash('b')),
      ]),
    )
    expect(done).toEqual([])
    expect(events).toMatchObject([
      { type: 'step-missed', description: 'a', why: 'over before its first time: 10 ms are over' },
      { type: 'step-missed', description: 'b', why: '10 ms are over' },
    ])
  })

  test('a fault that cannot be injected is a problem, and the steps after it are missed', async () => {
    const { done, events } = await play([after('1s', flash('a', { fails: true })), after('1s', mend('b'))])
    expect(done).toEqual(['1000 a'])
    expect(events).toMatchObject([
      { type: 'problem', message: 'a: it cannot be' },
      { type: 'step-missed', description: 'mend b', why: 'it cannot be' },
    ])
  })
})
