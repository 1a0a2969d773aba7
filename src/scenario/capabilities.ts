import { type Capability } from '../testbed/contract.js'

const known: Readonly<Record<Capability, true>> = {
  'signal-processes': true,
  'hold-restart': true,
  'node-files': true,
  'rwo-volumes': true,
  'pod-deletion': true,
  'rotate-logs': true,
  'limited-volumes': true,
  'shared-volumes': true,
  kubernetes: true,
}

/** Every capability that there is, for checking what a scenario asks for. */
export const capabilities = Object.keys(known) as [Capability, ...Capability[]]
