import { GaplessError } from '../errors.js'
import { cacheDirectory } from './cache.js'
import { fluentdAt } from './fluentd-at.js'
import { fluentdOfCache, type Fluentd } from './fluentd-of-cache.js'
import type { SetupProgress } from './progress.js'
import { isVersionRequest } from './versions.js'

export type { Fluentd }

/** At most one of the two; with neither it is the default of this Ruby. */
export interface FluentdRequest {
  /** '1.16.4', '1.16' for the newest 1.16, or 'latest'. */
  readonly version?: string
  /** A fluentd program, a gem folder that has bin/fluentd, or a checkout of Fluentd's sources. */
  readonly path?: string
}

/** What the text after `--fluentd` asks for. */
export function parseFluentdRequest(text: string | undefined): FluentdRequest {
  if (text === undefined) return {}
  return isVersionRequest(text) ? { version: text } : { path: text }
}

/**
 * A Fluentd that runs here, installed into the cache where it is not there yet. Throws 'requirement-missing' for
 * what the user must bring or choose otherwise, 'setup-failed' where an installation failed, 'interrupted' on abort.
 */
export async function ensureFluentd(
  request: FluentdRequest,
  progress: SetupProgress,
  signal?: AbortSignal,
): Promise<Fluentd> {
  try {
    if (request.path !== undefined) return await fluentdAt(request.path, progress, signal)
    return await fluentdOfCache(request.version, progress, signal)
  } catch (error) {
    if (isUnwritable(error)) {
      throw new GaplessError(`Set-up cannot write its cache: ${error.message}`, {
        code: 'setup-failed',
        hint: `Make room there, or choose another folder than ${cacheDirectory()}:`,
        command: 'export GAPLESS_CACHE=/a/folder/of/yours',
        cause: error,
      })
    }
    if (signal?.aborted !== true) throw error
    throw new GaplessError('Set-up was interrupted; the next start goes on from here.', {
      code: 'interrupted',
      cause: error,
    })
  }
}

function isUnwritable(error: unknown): error is Error {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST']
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
