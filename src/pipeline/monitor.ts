import { type Endpoint } from '../testbed/endpoints.js'

/** What Fluentd's monitor_agent says of the outputs that have a buffer, added up. */
export interface BufferStatus {
  readonly bytes: number
  readonly queuedChunks: number
  /** Retries of the retry state that is under way; 0 when none is. */
  readonly retries: number
}

interface PluginStatus {
  readonly buffer_total_queued_size?: number
  readonly buffer_queue_length?: number
  readonly retry?: { readonly steps?: number }
  readonly retry_count?: number
}

/** Asks monitor_agent; null where nobody answers within a second (down, stopped, or without monitor_agent). */
export async function bufferStatus({ host, port }: Endpoint): Promise<BufferStatus | null> {
  let plugins: readonly PluginStatus[]
  try {
    const response = await fetch(`http://${host}:${String(port)}/api/plugins.json`, {
      signal: AbortSignal.timeout(1000),
    })
    plugins = ((await response.json()) as { plugins: readonly PluginStatus[] }).plugins
  } catch {
    return null
  }
  const buffered = plugins.filter((plugin) => typeof plugin.buffer_total_queued_size === 'number')
  const total = (of: (plugin: PluginStatus) => number) =>
    buffered.reduce((sum, plugin) => sum + of(plugin), 0)
  return {
    bytes: total((plugin) => plugin.buffer_total_queued_size ?? 0),
    queuedChunks: total((plugin) => plugin.buffer_queue_length ?? 0),
    retries: total((plugin) => plugin.retry?.steps ?? 0),
  }
}
