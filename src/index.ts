/** gapless as a library: what scenario files say things with, and what runs them from a program of one's own. */
export * from './vocabulary.js'
export { GaplessError, isGaplessError, type GaplessErrorCode } from './errors.js'
export { type Result, type StreamResult, type Verdict } from './store/result.js'
export { runScenario, type RunScenarioOptions } from './run-scenario.js'
