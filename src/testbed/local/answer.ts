import type { Endpoint } from '../endpoints.js'

/** What a pod answers to a GET; null where nobody answers well in time. Pods share this machine's network. */
export async function answerOf({ host, port }: Endpoint, path: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(1000)
    const response = await fetch(`http://${host}:${String(port)}${path}`, { signal })
    return response.ok ? await response.text() : null
  } catch {
    return null
  }
}
