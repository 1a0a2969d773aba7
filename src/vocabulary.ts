/** What a scenario file says things with: all of it plain values and functions that make them. */
export { defineScenario, type Load, type Scenario, type Variant } from './scenario/define.js'
export { type Duration } from './scenario/duration.js'
export { all, custom, delivered, sent, type Condition, type Observed } from './scenario/condition.js'
export {
  after,
  at,
  every,
  forGood,
  lasting,
  together,
  when,
  type Action,
  type Rhythm,
  type Step,
} from './scenario/timeline.js'
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
export { aggregator, app, collector, dns, forwarder, forwarders, network, node } from './faults/vocabulary.js'
export { type KnobName, type Knobs } from './scenario/knobs.js'
export { type ProfileName } from './scenario/profiles.js'
