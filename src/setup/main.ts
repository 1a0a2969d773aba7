import { ensureFluentd, type Fluentd } from './fluentd.js'
import type { SetupProgress } from './progress.js'

/** What `setup/setup.mjs` calls when packages and compiled program are there: all else that a run needs. */
export async function setUp(progress: SetupProgress, signal?: AbortSignal): Promise<Fluentd> {
  return await ensureFluentd({}, progress, signal)
}
