import { defineScenario, none } from 'gapless'

export default defineScenario({
  name: 'control',
  proves: 'With nothing broken, every line arrives, once.',
  load: { lines: 2000, linesPerSecond: 500 },
  expect: { lost: none, duplicated: none },
})
