import { z } from 'zod'
import { callControl, type ControlCall } from '../program/control-call.js'
import {
  type Behaviour,
  type CollectorState,
  collectorStateSchema,
  type CommandRequest,
  type EmitterCommand,
  emitterCommandSchema,
  type ReleaseResult,
  releaseResultSchema,
} from './protocol.js'

/** The collector, as gapless sees it. Every call has a deadline; errors are GaplessError. */
export interface CollectorClient {
  state(): Promise<CollectorState>
  /** Resolves when it behaves so, e.g. when connections are refused. */
  setBehaviour(behaviour: Behaviour): Promise<void>
  /** Resolves when what was held is stored; the collector behaves normally then. */
  release(): Promise<ReleaseResult>
  /** Tells a stream's emitter what to do next; it may come up later. The newest command counts. */
  command(stream: string, command: CommandRequest): Promise<EmitterCommand>
  /** Resolves when all ledgers are on the disk, and `latency.json` is that of the end. */
  finish(): Promise<void>
}

export function createCollectorClient(
  controlUrl: string,
  options: { readonly timeoutMs?: number } = {},
): CollectorClient {
  const { timeoutMs = 10_000 } = options

  function call<T>(options: Omit<ControlCall<T>, 'timeoutMs' | 'whose'>): Promise<T> {
    return callControl(controlUrl, { ...options, timeoutMs, whose: 'collector' })
  }

  return {
    state: () => call({ method: 'GET', path: '/state', schema: collectorStateSchema }),
    async setBehaviour(behaviour) {
      await call({ method: 'POST', path: '/behaviour', body: behaviour, schema: z.unknown() })
    },
    release: () => call({ method: 'POST', path: '/release', schema: releaseResultSchema }),
    command: (stream, command) =>
      call({
        method: 'POST',
        path: `/streams/${encodeURIComponent(stream)}/command`,
        body: command,
        schema: emitterCommandSchema,
      }),
    async finish() {
      await call({ method: 'POST', path: '/finish', schema: z.unknown() })
    },
  }
}
