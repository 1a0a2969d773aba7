import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where gapless keeps what outlives a run: `$GAPLESS_CACHE`, else `$XDG_CACHE_HOME/gapless`, else `~/.cache/gapless`. */
export function stateDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { GAPLESS_CACHE: own, XDG_CACHE_HOME: caches } = environment
  // Set to nothing is as good as not set.
  if (own) return own
  return caches ? join(caches, 'gapless') : join(homedir(), '.cache', 'gapless')
}

/** What is kept of a cluster that this owner made: a run, by its id, or a cluster that outlasts runs, by its own. */
export function clusterDirectory(owner: string): string {
  return join(stateDirectory(), 'clusters', owner)
}

/** In it, where the data of a cluster's shared volumes are; in its nodes it is mounted. What is in it may be root's. */
export function volumesDirectory(owner: string): string {
  return join(clusterDirectory(owner), 'volumes')
}

/** In it, says that a cluster that outlasts runs was finished, and with which settings. */
export const finishedFile = 'cluster.json'

/** Where the registry of runs is, one file for each run that has not properly ended. */
export function runsDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(stateDirectory(environment), 'runs')
}
