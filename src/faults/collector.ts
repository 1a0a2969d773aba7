import { type Behaviour } from '../collector/protocol.js'
import { type Action, type FaultSpec } from '../scenario/timeline.js'
import { evidence, type FaultDefinition } from './fault.js'
import { counted } from '../words.js'

const target = { role: 'collector' } as const

/**
 * The destination misbehaves as told. Proven by the collector's own word that it behaves so; that a request met
 * the behaviour is for the scenario's next condition to wait for (`collector.holds()`).
 */
export const outage: FaultDefinition = {
  fault: 'outage',
  needs: [],
  targets: ['collector'],
  async inject(spec, context) {
    const behaviour = spec.parameters.behaviour as Behaviour
    await context.collector.setBehaviour(behaviour)
    const state = await context.state()
    const before = state.requests
    return {
      evidence: [
        evidence(
          context,
          `the collector's behaviour is "${state.behaviour.mode}"`,
          state.behaviour.mode === behaviour.mode,
        ),
      ],
      async heal() {
        const { held, requests } = await context.state()
        const { released, lines } = await context.collector.release()
        const met = behaviour.mode === 'refuse' || requests > before || held.length > 0
        return [
          evidence(
            context,
            behaviour.mode === 'refuse'
              ? 'its port was closed all the while'
              : `${counted(requests - before, 'request')} met it`,
            met,
            {
              requests: requests - before,
            },
          ),
          evidence(
            context,
            `the collector answers again; ${counted(released, 'held request')} with ${counted(lines, 'line')} released`,
            true,
          ),
        ]
      },
    }
  },
}

function misbehave(behaviour: Behaviour, description: string): Action {
  const spec: FaultSpec = { fault: 'outage', target, description, parameters: { behaviour } }
  return { type: 'inject', spec }
}

/** What a scenario says of the destination. */
export const collector = {
  /** Requests are read whole and stay unanswered until `release`. */
  hold: (): Action => misbehave({ mode: 'hold' }, 'the destination holds requests unanswered'),
  /** Connections are refused. */
  refuse: (): Action => misbehave({ mode: 'refuse' }, 'the destination refuses connections'),
  /** Requests are answered 503. */
  unavailable: (): Action => misbehave({ mode: 'unavailable' }, 'the destination answers 503'),
  /** Requests are read, never stored, never answered. */
  hang: (): Action => misbehave({ mode: 'hang' }, 'the destination hangs'),
  /** Requests are stored and answered late. */
  slow: (delayMs: number): Action =>
    misbehave({ mode: 'slow', delayMs }, `the destination takes ${String(delayMs)} ms to answer`),
  /** Requests are stored and the answer is lost. */
  dropAnswers: (): Action =>
    misbehave({ mode: 'store-then-drop' }, 'the destination stores, but its answers are lost'),
  /** Back to normal; what was held is stored and answered. */
  release: (): Action => ({
    type: 'heal',
    heals: 'outage',
    target,
    description: 'the destination releases what it holds and answers again',
  }),
  /** A condition: this many requests are held right now. */
  holds: (requests = 1) => ({ on: 'collector-holds', requests }) as const,
} as const
