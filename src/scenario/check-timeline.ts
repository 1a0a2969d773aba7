import { constants } from 'node:os'
import { describeCondition, type Condition } from './condition.js'
import { type Load } from './define.js'
import { linesUntilProbe } from './edge-lines.js'
import { didYouMean } from '../nearest.js'
import { nodeOf } from './target.js'
import { actionsOf, conditionsOf, describeAction, targetOf, type Action, type Step } from './timeline.js'
import { counted } from '../words.js'

/**
 * What in a timeline cannot be: nodes that are not there, times where something must be observed, more lines than there
 * are. In words, [] if nothing.
 */
export function timelineProblems(steps: readonly Step[], nodes: readonly string[], load: Load): string[] {
  const unknown = (node: string | undefined, where: string) =>
    node === undefined || nodes.includes(node)
      ? []
      : [`"${where}": there is no ${node}.${didYouMean(node, nodes)} Nodes: ${nodes.join(', ')}.`]
  return [
    ...actionsOf(steps).flatMap((action) =>
      nodesOf(action).flatMap((node) => unknown(node, describeAction(action))),
    ),
    ...conditionsOf(steps).flatMap((condition) =>
      unknown(nodeOfCondition(condition), describeCondition(condition)),
    ),
    ...conditionsOf(steps).flatMap((condition) => unreachable(condition, nodes, load)),
    ...actionsOf(steps).flatMap(signalProblems),
    ...steps.flatMap(stepProblems),
  ]
}

function unreachable(condition: Condition, nodes: readonly string[], load: Load): string[] {
  if (condition.on !== 'sent' && condition.on !== 'delivered') return []
  const { node } = condition
  const most = linesUntilProbe(load, nodes, node)
  if (condition.lines <= most || (node !== undefined && !nodes.includes(node))) return []
  const whose = node === undefined ? 'all streams together send' : `the streams of ${node} send`
  return [
    `"${describeCondition(condition)}" never holds: while the timeline goes on, ${whose} ${counted(most, 'line')}`,
  ]
}

function signalProblems(action: Action): string[] {
  const signal = action.type === 'inject' ? action.spec.parameters.signal : undefined
  return typeof signal === 'string' && !(signal in constants.signals)
    ? [`"${describeAction(action)}": there is no signal ${signal}`]
    : []
}

function nodesOf(action: Action): (string | undefined)[] {
  const parameters = action.type === 'inject' ? action.spec.parameters : (action.parameters ?? {})
  const moved = typeof parameters.node === 'string' ? parameters.node : undefined
  return [nodeOf(targetOf(action)), moved]
}

function nodeOfCondition(condition: Condition): string | undefined {
  if ('node' in condition) return condition.node
  return 'target' in condition ? nodeOf(condition.target) : undefined
}

function stepProblems(step: Step): string[] {
  if ('together' in step) return step.together.flatMap((track) => track.flatMap(stepProblems))
  const what = describeAction(step.action)
  const observed = 'when' in step ? [] : [step.from, step.until]
  const parts = conditionsOf([step]).filter(({ on }) => on === 'all')
  const timed = [...observed, ...parts.flatMap((part) => (part.on === 'all' ? part.of : []))]
  return [
    ...(timed.some((condition) => condition?.on === 'elapsed')
      ? [`"${what}": a time cannot be part of a condition; use after(), lasting() or \`for\``]
      : []),
    ...('everyMs' in step && step.action.type === 'heal'
      ? [`"${what}" mends something and cannot be repeated; repeat lasting(…) of what it mends`]
      : []),
  ]
}
