import { GaplessError } from '../errors.js'
import { type Knobs } from '../scenario/knobs.js'
import { sameTarget, type Target } from '../scenario/target.js'
import { actionsOf, describeAction, type Step } from '../scenario/timeline.js'
import { type Capability } from '../testbed/contract.js'
import { faultDefinition } from './registry.js'

/** What the faults of a timeline need of a testbed. Throws `scenario-invalid` for what cannot go on so. */
export function neededBy(steps: readonly Step[]): Capability[] {
  const problems = [...steps.flatMap(problemsOf), ...nothingToHeal(steps)]
  if (problems.length > 0) {
    const listed = [...new Set(problems)].map((problem) => `\n  ${problem}`).join('')
    throw new GaplessError(`The timeline cannot go on so:${listed}`, { code: 'scenario-invalid' })
  }
  const injections = actionsOf(steps).filter((action) => action.type === 'inject')
  return [...new Set(injections.flatMap(({ spec }) => faultDefinition(spec.fault).needs))]
}

/** Throws `scenario-invalid` for faults that cannot be with these knobs. */
export function checkFaultsWith(knobs: Knobs, steps: readonly Step[]): void {
  for (const action of actionsOf(steps)) {
    if (action.type === 'heal') continue
    const problem = faultDefinition(action.spec.fault).knobProblem?.(action.spec, knobs)
    if (problem === undefined) continue
    throw new GaplessError(`"${describeAction(action)}": ${problem}`, { code: 'scenario-invalid' })
  }
}

const fluentds: readonly Target['role'][] = ['forwarder', 'aggregator']

function problemsOf(step: Step): string[] {
  if ('together' in step) return step.together.flatMap((track) => track.flatMap(problemsOf))
  const { action } = step
  if (action.type === 'heal') return []
  const { momentary = false, targets = fluentds, takesNode = false } = faultDefinition(action.spec.fault)
  const { role } = action.spec.target
  if (!targets.includes(role)) {
    return [`"${describeAction(action)}": ${action.spec.fault} is of ${targets.join(', ')}, not of ${role}`]
  }
  if (action.forGood === true && ('everyMs' in step || action.until !== undefined)) {
    return [`"${describeAction(action)}" happens once, and has no end`]
  }
  if (action.forGood === true && !takesNode) {
    return [
      `"${describeAction(action)}": only what takes a whole node away can be for good, such as powerOff`,
    ]
  }
  if (momentary && action.until !== undefined) {
    return [`"${describeAction(action)}" is over once it has happened: it cannot last`]
  }
  if (!momentary && 'everyMs' in step && action.until === undefined) {
    return [`"${describeAction(action)}" lasts until it is mended: repeat lasting('1s', …) of it`]
  }
  return []
}

/** On side-by-side tracks nobody knows the order, so it is enough that something else breaks it at all. */
function nothingToHeal(steps: readonly Step[]): string[] {
  const actions = actionsOf(steps)
  return actions.flatMap((action) => {
    if (action.type === 'inject') return []
    const broken = actions.some(
      (other) =>
        other.type === 'inject' &&
        other.forGood !== true &&
        sameTarget(other.spec.target, action.target) &&
        (faultDefinition(other.spec.fault).healedAs ?? other.spec.fault) === action.heals,
    )
    return broken ? [] : [`"${action.description}": nothing in the timeline breaks it`]
  })
}
