import type { FluentdProgram } from '../pipeline/fluentd-pod.js'
import type { Testbed } from '../testbed/contract.js'
import { ensureFluentd, parseFluentdRequest } from './fluentd.js'
import type { SetupProgress } from './progress.js'

/** A Fluentd that a run can start, and what is not as it was released, for the report. */
export type AvailableFluentd = FluentdProgram & {
  readonly rubyVersion: string
  readonly notes: readonly string[]
}

/** The Fluentd for a testbed: what its images have, or one that is installed on this machine, now if need be. */
export async function fluentdFor(
  testbed: Testbed,
  requested: string | undefined,
  progress: SetupProgress,
  signal: AbortSignal,
): Promise<AvailableFluentd> {
  if (testbed.fluentdImage === undefined)
    return ensureFluentd(parseFluentdRequest(requested), progress, signal)
  const { version, image } = testbed.fluentdImage(requested)
  const notes = [`Fluentd is that of the image ${image}, with the image's Ruby.`]
  return { version, image, command: ['fluentd'], env: {}, rubyVersion: "the image's", notes }
}
