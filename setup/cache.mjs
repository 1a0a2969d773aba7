import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * Where gapless keeps what it downloads and builds: Fluentd's versions, logs of set-up, locks. Never the user's
 * own gems, so that nothing of theirs is used or changed by accident.
 */
export function cacheDirectory(env = process.env) {
  if (env.GAPLESS_CACHE) return resolve(env.GAPLESS_CACHE)
  // A relative XDG_CACHE_HOME is to be ignored, by the specification that defines it.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'gapless')
  return join(env.HOME || homedir(), '.cache', 'gapless')
}
