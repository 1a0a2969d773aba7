import { expect } from 'vitest'
import { describeBound, isWithin, type Bound, type Finding } from './scenario/expectation.js'
import { type Result, type Verdict } from './store/result.js'

/** Matchers for results in vitest: `import 'gapless/vitest'` adds them to `expect`. */
interface GaplessMatchers<R> {
  /** The verdict, with the run's own summary and reasons where it is another one. */
  toHaveVerdict: (verdict: Verdict) => R
  /** So many lines of a kind of finding, over all streams: `toHaveFound('lost', none)`. */
  toHaveFound: (finding: Finding, bound: Bound) => R
}

declare module 'vitest' {
  // Type parameters must be spelled as vitest spells them for the declarations to merge.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type
  interface Matchers<T = any> extends GaplessMatchers<T> {}
}

expect.extend({
  toHaveVerdict(result: Result, verdict: Verdict) {
    return {
      pass: result.verdict === verdict,
      actual: result.verdict,
      expected: verdict,
      message: () =>
        [
          `${result.scenario}: ${result.verdict}, expected ${this.isNot ? 'not ' : ''}${verdict}`,
          result.summary,
          ...result.reasons,
          result.command,
        ].join('\n'),
    }
  },
  toHaveFound(result: Result, finding: Finding, bound: Bound) {
    const found = result.totals[finding]
    return {
      pass: isWithin(found, bound),
      actual: found,
      expected: bound,
      message: () =>
        [
          `${result.scenario}: ${String(found)} ${finding}, expected ${this.isNot ? 'not ' : ''}${describeBound(bound)}`,
          result.command,
        ].join('\n'),
    }
  },
})
