import { expect, test } from 'vitest'
import { collectRuns } from './collect.js'
import { lineText } from './encode.js'

const line = (run: string, seq: number) =>
  lineText({ run, stream: 's00', seq, lineBytes: 0, emittedAtMs: 1000 })

test('lines of another run are told in ranges of numbers that follow each other', () => {
  const foreign = [5, 6, 8, 8, 3].map((seq) => line('other000', seq))
  const bytes = Buffer.from([...foreign, line('other111', 4)].join('\n'))
  expect(collectRuns('k3v9x2ab', bytes).unexpected).toEqual([
    { run: 'other000', stream: 's00', first: 5, last: 6 },
    { run: 'other000', stream: 's00', first: 8, last: 8 },
    { run: 'other000', stream: 's00', first: 8, last: 8 },
    { run: 'other000', stream: 's00', first: 3, last: 3 },
    { run: 'other111', stream: 's00', first: 4, last: 4 },
  ])
})
