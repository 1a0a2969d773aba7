import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'
import { messageOf } from '../../errors.js'
import { codecOf } from './messages.js'

export type StatusName = Exclude<keyof typeof status, number>

/** A call that is refused, with a status of gRPC that says what the caller may do. */
export class CallError extends Error {
  override readonly name = 'CallError'
  constructor(
    readonly status: StatusName,
    message: string,
  ) {
    super(message)
  }
}

/** What answers a call: the fields of the message that is its answer. */
type Answer = (request: unknown) => object | Promise<object>

/** Names of calls with those of what is asked and answered. */
type Calls = Readonly<Record<string, readonly [request: string, response: string]>>

const likeItsName = (...names: string[]): Calls =>
  Object.fromEntries(names.map((name) => [name, [`${name}Request`, `${name}Response`]]))

export const identityService = serviceOf(
  'csi.v1',
  'Identity',
  likeItsName('GetPluginInfo', 'GetPluginCapabilities', 'Probe'),
)

export const nodeService = serviceOf(
  'csi.v1',
  'Node',
  likeItsName(
    'NodeStageVolume',
    'NodeUnstageVolume',
    'NodePublishVolume',
    'NodeUnpublishVolume',
    'NodeGetCapabilities',
    'NodeGetInfo',
  ),
)

export const registrationService = serviceOf('pluginregistration', 'Registration', {
  GetInfo: ['InfoRequest', 'PluginInfo'],
  NotifyRegistrationStatus: ['RegistrationStatus', 'RegistrationStatusResponse'],
})

function serviceOf(scope: string, service: string, calls: Calls): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(calls).map(([name, [request, response]]) => {
      const [asked, answered] = [codecOf(`${scope}.${request}`), codecOf(`${scope}.${response}`)]
      const method = {
        path: `/${scope}.${service}/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: asked.encode,
        requestDeserialize: asked.decode,
        responseSerialize: answered.encode,
        responseDeserialize: answered.decode,
      }
      return [name, method]
    }),
  )
}

/** What a server of gRPC takes; a CallError becomes its status, anything else INTERNAL. */
export function answering(answers: Readonly<Record<string, Answer>>): UntypedServiceImplementation {
  const handlers = Object.entries(answers).map(([name, answer]) => {
    const handle: handleUnaryCall<unknown, object> = (call, callback) => {
      Promise.resolve(call.request)
        .then(answer)
        .then(
          (value) => callback(null, value),
          (error: unknown) => callback({ code: status[statusOf(error)], details: messageOf(error) }),
        )
    }
    return [name, handle] as const
  })
  return Object.fromEntries(handlers)
}

export function statusOf(error: unknown): StatusName {
  if (error instanceof CallError) return error.status
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'RESOURCE_EXHAUSTED' : 'INTERNAL'
}
