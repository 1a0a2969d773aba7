/** What a scenario file imports, and what runs scenarios from a program of one's own. */
export { defineScenario, type Load, type Scenario, type Variant } from './scenario/define.js'
export { type Duration } from './scenario/duration.js'
export { all, custom, delivered, sent, type Condition, type Observed } from './scenario/condition.js'
export { after, at, when, type Action, type Step } from './scenario/timeline.js'
export {
  any,
  atLeast,
  atMost,
  between,
  exactly,
  none,
  some,
  type Bound,
  type Expectation,
} from './scenario/expectation.js'
export { aggregator, collector, forwarder } from './faults/vocabulary.js'
export { type KnobName, type Knobs } from './scenario/knobs.js'
export { type ProfileName } from './scenario/profiles.js'
export { GaplessError, isGaplessError, type GaplessErrorCode } from './errors.js'
export { type Result, type StreamResult, type Verdict } from './store/result.js'
export { runScenario, type RunScenarioOptions } from './run-scenario.js'
