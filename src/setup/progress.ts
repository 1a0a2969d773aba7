import { createProgress, type SetupProgress } from '../../setup/progress.mjs'

export { createProgress, type SetupProgress }

/** Tells on stderr, so that stdout is left to results. */
export function stderrProgress(): SetupProgress {
  return createProgress(process.stderr)
}

/** For callers that want nothing said. */
export const silentProgress: SetupProgress = {
  say: () => undefined,
  begin: () => ({ end: () => undefined }),
}
