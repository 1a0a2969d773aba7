import { messageOf } from '../errors.js'
import { type Phase } from '../store/events.js'
import { type Result, type Verdict } from '../store/result.js'

/** A run that is about to begin. */
export interface RunStart {
  readonly id: string
  readonly scenario: string
  readonly variant: string | null
  readonly profile: string
  readonly testbed: string
  readonly seed: number
  /** Position among the runs of this call, from 1. */
  readonly index: number
  readonly total: number
  readonly proves: string
}

/** How far a run has got; told a few times a second. */
export interface Progress {
  readonly phase: Phase
  readonly sent: number
  readonly delivered: number
  /** Lines that the load is to have in all; 0 while that is not known. */
  readonly expectedLines: number
  readonly elapsedMs: number
}

/** A fault was injected or healed, a step was missed: one sentence. */
export interface FaultNote {
  readonly text: string
  readonly atMs: number
}

/** A run that did not take place, for instance because the testbed cannot do what the scenario asks for. */
export interface SkippedRun {
  readonly scenario: string
  readonly variant: string | null
  readonly testbed: string
  readonly reason: string
}

export interface FinishedRun {
  readonly result: Result
  /** The run's directory, where its files are. */
  readonly directory: string
}

/** Everything that one call of gapless did. */
export interface AllEnded {
  readonly verdict: Verdict
  readonly runs: readonly FinishedRun[]
  readonly skipped: readonly SkippedRun[]
  /** What the process is about to exit with. */
  readonly exitCode: number
}

/**
 * Tells somebody about runs. Every hook is optional; runs come one after the other, so what is told between
 * `runStarted` and `runEnded` is about that run. A run that was interrupted or broke off never gets `runEnded`.
 */
export interface Reporter {
  readonly name: string
  runStarted?(run: RunStart): void
  phase?(phase: Phase): void
  progress?(progress: Progress): void
  fault?(note: FaultNote): void
  runEnded?(result: Result, directory: string): void | Promise<void>
  /** What was shown of a run that broke off is to be taken away, so that the error can be printed. */
  runAborted?(): void
  skipped?(run: SkippedRun): void
  end?(all: AllEnded): void | Promise<void>
}

/** All reporters as one. Its hooks never throw; `failures` is what would have been thrown. */
export interface Multiplexer extends Required<Reporter> {
  runEnded(result: Result, directory: string): Promise<void>
  end(all: AllEnded): Promise<void>
  failures(): readonly ReporterFailure[]
}

export interface ReporterFailure {
  readonly reporter: string
  /** The first error; later ones of the same reporter are only counted. */
  readonly message: string
  readonly times: number
}

/**
 * Hands everything on to each reporter in turn. One that throws breaks no other and is still told what follows;
 * its error is written once, by `end`, to `complain` (stderr).
 */
export function multiplex(
  reporters: readonly Reporter[],
  complain: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Multiplexer {
  const failures = new Map<string, ReporterFailure>()
  const failed = (reporter: string, error: unknown) => {
    const before = failures.get(reporter)
    const message = before?.message ?? messageOf(error)
    failures.set(reporter, { reporter, message, times: (before?.times ?? 0) + 1 })
  }
  const tell = (call: (reporter: Reporter) => void) => {
    for (const reporter of reporters) {
      try {
        call(reporter)
      } catch (error) {
        failed(reporter.name, error)
      }
    }
  }
  const tellAndWait = async (call: (reporter: Reporter) => void | Promise<void>) => {
    for (const reporter of reporters) {
      try {
        await call(reporter)
      } catch (error) {
        failed(reporter.name, error)
      }
    }
  }
  return {
    name: 'multiplexer',
    runStarted: (run) => tell((reporter) => reporter.runStarted?.(run)),
    phase: (phase) => tell((reporter) => reporter.phase?.(phase)),
    progress: (progress) => tell((reporter) => reporter.progress?.(progress)),
    fault: (note) => tell((reporter) => reporter.fault?.(note)),
    runEnded: (result, directory) => tellAndWait((reporter) => reporter.runEnded?.(result, directory)),
    runAborted: () => tell((reporter) => reporter.runAborted?.()),
    skipped: (run) => tell((reporter) => reporter.skipped?.(run)),
    async end(all) {
      await tellAndWait((reporter) => reporter.end?.(all))
      for (const { reporter, message, times } of failures.values()) {
        const again = times > 1 ? ` (and ${String(times - 1)} more times)` : ''
        complain(`the ${reporter} reporter failed: ${message}${again}`)
      }
    },
    failures: () => [...failures.values()],
  }
}
