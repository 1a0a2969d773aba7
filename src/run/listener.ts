import { type Plan } from '../scenario/plan.js'
import { type Phase } from '../store/events.js'
import { type Result } from '../store/result.js'

export interface Progress {
  readonly phase: Phase
  readonly sent: number
  readonly delivered: number
  readonly expectedLines: number
  readonly elapsedMs: number
}

/** Who wants to know how a run goes on. None of it is needed for the run itself. */
export interface RunListener {
  readonly planned?: (plan: Plan, directory: string) => void
  readonly phase?: (phase: Phase, atMs: number) => void
  readonly progress?: (progress: Progress) => void
  /** A fault was injected or healed, a step was missed, a drain ended: one sentence. */
  readonly note?: (text: string, atMs: number) => void
  readonly ended?: (result: Result, directory: string) => void
}
