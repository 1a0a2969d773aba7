import { z } from 'zod'
import { callControl, type ControlCall } from '../program/control-call.js'
import { type WireBehaviour } from './behaviour.js'
import { wireConcludedSchema, type WireState, wireStateSchema } from './protocol.js'

/** The tap, as gapless sees it. Every call has a deadline; errors are GaplessError. */
export interface WireClient {
  state(): Promise<WireState>
  /** Changes how the wire of a node behaves, of every node with null. Resolves when it behaves so. */
  behave(node: string | null, change: Partial<WireBehaviour>): Promise<void>
  /** What a Service does: where there is no endpoint, new connections are refused, and open ones go on. */
  endpoint(ready: boolean): Promise<void>
  /**
   * Ends connections that forwarders keep open, so that the aggregator's end of them shows when it is done with what
   * they brought. For when nothing more is to come. Resolves to how many it were.
   */
  conclude(): Promise<number>
  /** Resolves when the ledger is on the disk. */
  finish(): Promise<void>
}

export function createWireClient(
  controlUrl: string,
  { timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {},
): WireClient {
  function call<T>(options: Omit<ControlCall<T>, 'timeoutMs' | 'whose'>): Promise<T> {
    return callControl(controlUrl, { ...options, timeoutMs, whose: 'tap' })
  }
  return {
    state: () => call({ method: 'GET', path: '/state', schema: wireStateSchema }),
    async behave(node, change) {
      await call({ method: 'POST', path: '/behaviour', body: { node, change }, schema: z.unknown() })
    },
    async endpoint(ready) {
      await call({ method: 'POST', path: '/endpoint', body: { ready }, schema: z.unknown() })
    },
    async conclude() {
      const concluded = await call({ method: 'POST', path: '/conclude', schema: wireConcludedSchema })
      return concluded.connections
    },
    async finish() {
      await call({ method: 'POST', path: '/finish', schema: z.unknown() })
    },
  }
}
