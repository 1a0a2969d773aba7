import { takeLock, type Lock } from '../../setup/lock.mjs'
import type { SetupProgress } from './progress.js'

/** Runs `work` while nobody else does the same; says so where it has to wait. */
export async function withLock<Result>(
  directory: string,
  what: string,
  progress: SetupProgress,
  signal: AbortSignal | undefined,
  work: (lock: Lock) => Promise<Result>,
): Promise<Result> {
  const lock = await takeLock(directory, {
    signal,
    onWait: (holder) => {
      progress.say(`Another ${what} is under way (process ${holder.pid}); waiting for it.`)
    },
  })
  try {
    return await work(lock)
  } finally {
    lock.release()
  }
}
