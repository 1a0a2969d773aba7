import { type IncomingMessage, type Server } from 'node:http'
import { bodyOf, createControlServer, Refusal } from '../program/control-server.js'
import {
  type WireChange,
  wireChangeSchema,
  type WireConcluded,
  type WireEndpoint,
  wireEndpointSchema,
  type WireState,
} from './protocol.js'

/** What gapless can ask of the tap. What an answer is about is in the ledger by then. */
export interface WireSteering {
  state(): Promise<WireState>
  nodes(): readonly string[]
  behave(change: WireChange): Promise<void>
  endpoint(endpoint: WireEndpoint): Promise<void>
  conclude(): WireConcluded
  /** Everything written is on the disk. */
  finish(): Promise<void>
}

/** GET /state, POST /behaviour, POST /endpoint, POST /conclude, POST /finish; `protocol.ts` says what. Not listening yet. */
export function controlServer(steering: WireSteering): Server {
  async function answer(request: IncomingMessage): Promise<unknown> {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /state':
        return steering.state()
      case 'POST /behaviour':
        return steering.behave(known(await bodyOf(request, wireChangeSchema), steering.nodes()))
      case 'POST /endpoint':
        return steering.endpoint(await bodyOf(request, wireEndpointSchema))
      case 'POST /conclude':
        return steering.conclude()
      case 'POST /finish':
        return steering.finish()
      default:
        throw new Refusal(404, `there is no ${request.method ?? ''} ${request.url ?? ''}`)
    }
  }

  return createControlServer(answer)
}

function known(change: WireChange, nodes: readonly string[]): WireChange {
  if (change.node !== null && !nodes.includes(change.node)) {
    throw new Refusal(400, `there is no node "${change.node}"; nodes: ${nodes.join(', ')}`)
  }
  return change
}
