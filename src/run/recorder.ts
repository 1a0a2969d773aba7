import { messageOf } from '../errors.js'
import { type Phase, type RunEvent } from '../store/events.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type RunListener } from './listener.js'

/** Writes down what happens in a run, and tells it to whoever listens. */
export interface Recorder {
  readonly phase: Phase
  enter(phase: Phase): void
  reached(phase: Phase): boolean
  record(event: RunEvent): void
  /** Something that makes the measurement doubtful; the verdict will say so. */
  problem(message: string): void
  /**
   * What kept an event from being written down, if anything did. Nothing of the above throws it: events come from
   * callbacks, and while a run is torn down, which must go on.
   */
  readonly failure: Error | undefined
  /** Notes whether the clock, which delays and windows are taken from, jumped during the run. */
  checkClock(): void
}

export function createRecorder(store: RunDirectory, listener: RunListener): Recorder {
  let current: Phase = 'provision'
  const entered = new Set<Phase>()
  let failure: Error | undefined
  const write = (event: RunEvent) => {
    try {
      store.event(event)
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(messageOf(error))
    }
  }
  const aheadMs = Date.now() - performance.now()
  const record = (event: RunEvent) => {
    write(event)
    const text = noteOf(event)
    if (text !== undefined) listener.note?.(text, event.atMs)
  }
  return {
    get phase() {
      return current
    },
    enter(phase) {
      current = phase
      entered.add(phase)
      const atMs = Date.now()
      write({ type: 'phase', atMs, phase })
      listener.phase?.(phase, atMs)
    },
    get failure() {
      return failure
    },
    reached: (phase) => entered.has(phase),
    record,
    checkClock() {
      const jumpedMs = Math.round(Date.now() - performance.now() - aheadMs)
      record({ type: 'clock', atMs: Date.now(), jumpedMs })
    },
    problem: (message) => {
      record({ type: 'problem', atMs: Date.now(), message })
    },
  }
}

function noteOf(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'fault-injected':
      return `${event.description}: ${event.evidence.map(({ what }) => what).join('; ')}`
    case 'fault-healed':
      return `healed: ${event.evidence.map(({ what }) => what).join('; ')}`
    case 'fault-lasted':
      return `to the end: ${event.evidence.map(({ what }) => what).join('; ')}`
    case 'step-missed':
      return `missed "${event.description}": ${event.why}`
    case 'problem':
      return event.message
    default:
      return undefined
  }
}
