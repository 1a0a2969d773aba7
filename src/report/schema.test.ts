import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { packageRoot } from '../package-root.js'
import { resultSchema, type StreamResult } from '../store/result.js'
import { goldenNames, goldenResult, rawGolden } from '../testing/goldens.js'
import { formatDuration, rangeLines, type SeqRange } from './format.js'

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
      const gone = result.gone.filter((group) => group.stream === stream.stream)
      expect(inOrder(gone.flatMap(({ ranges }) => ranges))).toEqual(stream.lostRanges)
      const duplicates = result.duplicates.filter((group) => group.stream === stream.stream)
      expect(inOrder(duplicates.flatMap(({ ranges }) => ranges))).toEqual(stream.duplicatedRanges)
    }
    for (const { stream, node, lines, ranges, explanation } of [...result.gone, ...result.duplicates]) {
      expect(result.streams.find((candidate) => candidate.stream === stream)?.node).toBe(node)
      expect(linesIn(ranges)).toBe(lines)
      expect(explanation).toMatch(new RegExp(`^${String(lines)} lines `))
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

  test('has a recovery that its numbers and its expectations agree with', () => {
    const { recovery, expectations, faults, startedAtMs, streams } = result
    const missing = streams.filter(({ sent, strandedAt }) =>
      strandedAt.some(({ ranges }) => ranges.some(([, last]) => last === sent)),
    )
    // The last lines of a stream are those that are sent when everything is mended.
    expect(recovery?.missing).toEqual(missing.map(({ stream }) => stream))
    expect(recovery?.recovered).toBe(missing.length === 0)
    const found = recovery?.recovered
      ? `they did, after ${formatDuration(recovery.afterMs ?? NaN)}`
      : 'none of app-1 did: it never recovered'
    expect(expectations.at(-1)).toMatchObject({ found, met: recovery?.recovered })
    const healedAtMs = Math.max(...faults.map((fault) => fault.healedAtMs ?? startedAtMs))
    const throughAtMs = healedAtMs + (recovery?.afterMs ?? 0)
    expect(throughAtMs).toBeLessThanOrEqual(result.timeline.at(-1)?.atMs ?? 0)
  })

  test('has a reason for whatever was not met, the first of them in the summary', () => {
    const unmet = result.expectations.filter(({ met }) => !met)
    const reasons = unmet.map(({ expected, found }) => `expected ${expected}; found ${found}`)
    expect(result.reasons.slice(0, reasons.length)).toEqual(reasons)
    expect(result.summary).toContain(result.reasons[0] ?? 'All 8,000 lines arrived')
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

function inOrder(ranges: readonly SeqRange[]): SeqRange[] {
  return ranges.toSorted(([a], [b]) => a - b)
}

function linesIn(ranges: readonly SeqRange[]): number {
  return ranges.reduce((total, range) => total + rangeLines(range), 0)
}
