import { join } from 'node:path'
import { cacheDirectory } from '../../setup/cache.mjs'

export { cacheDirectory }

/** Everything that is kept for one Ruby: gems built for one cannot be loaded by another. */
export function fluentdVersionsDirectory(cache: string, rubyAbi: string): string {
  return join(cache, 'fluentd', rubyAbi)
}

export function logFile(cache: string, name: string): string {
  return join(cache, 'logs', `${name}.log`)
}

export function lockDirectory(cache: string, name: string): string {
  return join(cache, 'locks', name)
}
