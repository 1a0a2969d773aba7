import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { packageRoot } from '../package-root.js'
import { resultSchema, type StreamResult } from '../store/result.js'
import { goldenNames, goldenResult, rawGolden } from '../testing/goldens.js'
import { rangeLines, type SeqRange } from './format.js'

// As input: a reader of result.json has to put up with fields that later versions add.
const schema = {
  title: 'result.json of gapless, schemaVersion 1',
  ...z.toJSONSchema(resultSchema, { io: 'input' }),
}

test('the published schema is the one of the code (else: npx vitest run src/report/schema.test.ts -u)', async () => {
  const text = `${JSON.stringify(schema, undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot(`${packageRoot}fixtures/result.schema.json`)
})

describe.each(goldenNames)('%s', (name) => {
  const result = goldenResult(name)

  test('is valid by the published schema', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)
    expect(validate(rawGolden(name)), JSON.stringify(validate.errors)).toBe(true)
  })

  test('has no field that the schema does not know', () => {
    expect(rawGolden(name)).toEqual(result)
  })

  test('has numbers that agree with one another', () => {
    for (const stream of result.streams) {
      expect(stream.delivered + stream.lost + stream.stranded).toBe(stream.sent)
      expect(linesIn(stream.lostRanges)).toBe(stream.lost)
      expect(linesIn(stream.duplicatedRanges)).toBe(stream.duplicated)
      expect(linesIn(stream.strandedAt.flatMap(({ ranges }) => ranges))).toBe(stream.stranded)
    }
    for (const kind of ['sent', 'delivered', 'lost', 'duplicated', 'stranded', 'reordered'] as const) {
      const sum = result.streams.reduce((total, stream: StreamResult) => total + stream[kind], 0)
      expect(result.totals[kind]).toBe(sum)
    }
    for (const kind of ['lost', 'duplicated', 'stranded'] as const) {
      const gaps = result.gaps.filter((gap) => gap.kind === kind)
      expect(linesIn(gaps.map(({ range }) => range))).toBe(result.totals[kind])
    }
    expect(result.timeline.at(-1)).toMatchObject({
      sent: result.totals.sent,
      delivered: result.totals.delivered,
      duplicated: result.totals.duplicated,
    })
  })
})

test('a result without its verdict is not valid', () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema)
  const without = Object.fromEntries(
    Object.entries(goldenResult('fail-with-losses')).filter(([key]) => key !== 'verdict'),
  )
  expect(validate(without)).toBe(false)
  expect(validate.errors?.[0]?.message).toBe("must have required property 'verdict'")
})

function linesIn(ranges: readonly SeqRange[]): number {
  return ranges.reduce((total, range) => total + rangeLines(range), 0)
}
