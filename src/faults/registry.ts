import { GaplessError } from '../errors.js'
import { outage } from './collector.js'
import { type FaultDefinition } from './fault.js'
import { kill } from './kill.js'

const definitions: readonly FaultDefinition[] = [kill, outage]

export const faultNames = definitions.map(({ fault }) => fault)

export function faultDefinition(fault: string): FaultDefinition {
  const definition = definitions.find((candidate) => candidate.fault === fault)
  if (definition) return definition
  throw new GaplessError(`there is no fault "${fault}"`, {
    code: 'scenario-invalid',
    hint: `Faults: ${faultNames.join(', ')}.`,
  })
}
