import { join, posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../errors.js'
import type { KubernetesContext } from './context.js'
import type { Incarnation } from './pod-logs.js'

/** kubelet looks once a minute. */
const everyMs = 2000

/**
 * Waits until kubelet has removed the log files of a pod that is gone, which it does some time later, and tells so, with
 * copies of what was in them: the run's links to them are there as long as it lasts.
 */
export async function tellRemovedLogs(
  one: Incarnation,
  names: { readonly pod: string; readonly node: string },
  { removedLogsDirectory, onEvent, onProgress }: KubernetesContext,
  signal: AbortSignal,
): Promise<void> {
  if (removedLogsDirectory === undefined) return
  const { machine, uid, logDirectory, keptDirectory } = one
  const { files } = machine
  try {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal })
      if ((await machine.state()) !== 'running' || (await files.list(logDirectory)).length > 0) continue
      const kept = await files.list(keptDirectory)
      const to = (path: string) => join(removedLogsDirectory, uid, posix.basename(path))
      await files.copy(kept.map(({ path }) => ({ from: path, to: to(path) })))
      for (const { path, inode } of kept) {
        const file = posix.join(logDirectory, posix.basename(path))
        onEvent({ type: 'log-removed', atMs: Date.now(), ...names, file, inode, kept: to(path) })
      }
      return
    }
  } catch (error) {
    if (signal.aborted) return
    onProgress(`${names.pod}: nobody knows what was in its logs, which are gone: ${messageOf(error)}`)
  }
}
