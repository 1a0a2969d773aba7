// The speed of the instrument, each figure beside a plain pass over the same bytes in the same run.
// Build first; then `node bench/run.mjs [scan] [judge] [gaps]`.
import { benchGaps } from './gaps.mjs'
import { benchJudgement } from './judge.mjs'
import { benchScan } from './scan.mjs'

const benches = { scan: benchScan, judge: benchJudgement, gaps: benchGaps }
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}

let missed = 0
/** One line a figure; `goal` is met, missed, or absent where the figure is for orientation. */
function report(name, figures, goal) {
  const verdict = goal === undefined ? '' : goal.met ? `pass (${goal.text})` : `MISSED (${goal.text})`
  if (goal?.met === false) missed++
  console.log(`${name.padEnd(44)} ${figures.padEnd(66)} ${verdict}`.trimEnd())
}

for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench(report)
}
process.exitCode = missed === 0 ? 0 : 1
