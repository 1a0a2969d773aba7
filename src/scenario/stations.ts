import { GaplessError } from '../errors.js'
import { describeCondition, type Condition } from './condition.js'
import { actionsOf, conditionsOf, describeAction, targetOf, type Step } from './timeline.js'

/** Throws 'scenario-invalid' for a timeline that is about a part which this pipeline is without. */
export function checkStations(pipeline: {
  readonly steps: readonly Step[]
  readonly aggregator: boolean
  readonly tap: boolean
}): void {
  const { steps, aggregator, tap } = pipeline
  const actions = actionsOf(steps).map((action) => ({
    what: describeAction(action),
    role: targetOf(action).role,
  }))
  const conditions = conditionsOf(steps).map((condition) => ({
    what: describeCondition(condition),
    role: roleOf(condition),
  }))
  const about = (role: string) =>
    [...actions, ...conditions].filter((one) => one.role === role).map(({ what }) => what)
  const [lost] = aggregator ? [] : about('aggregator')
  if (lost !== undefined) {
    throw new GaplessError(`"${lost}": there is no aggregator in this pipeline`, {
      code: 'scenario-invalid',
      hint: 'The scenario says `aggregator: false`; its forwarders send to the destination.',
    })
  }
  const [untapped] = tap ? [] : about('network')
  if (untapped !== undefined) {
    throw new GaplessError(`"${untapped}": without the tap, nothing can misbehave on the network`, {
      code: 'scenario-invalid',
      hint: 'Leave out `tap: false`.',
    })
  }
}

function roleOf(condition: Condition): string | undefined {
  if (condition.on === 'buffered-beyond-held') return 'aggregator'
  return 'target' in condition ? condition.target.role : undefined
}
