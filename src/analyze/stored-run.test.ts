import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../package-root.js'
import { readPlan } from '../store/run-directory.js'
import { analyze } from './analyze.js'

const stored = `${packageRoot}fixtures/stored-run/`

test('a stored run is judged as it was when it was recorded', async () => {
  const result = await analyze(`${stored}run`)
  await expect(`${JSON.stringify(result, null, 2)}\n`).toMatchFileSnapshot(`${stored}result.json`)
})

test('a stored run has the lines that plain text search finds in its raw bytes', async () => {
  const { streams } = await analyze(`${stored}run`)
  const { runToken } = readPlan(`${stored}run`)
  const numbersIn = (file: string, stream: string) =>
    Array.from(
      readFileSync(`${stored}run/${file}`, 'latin1').matchAll(
        new RegExp(`@gapless:${runToken}\\.${stream}\\.(\\d{10})\\.[^~]*~gapless~`, 'g'),
      ),
      ([, seq]) => Number(seq),
    )
  const secondaries = [0, 1, 2].map(
    (part) => `evidence/fluentd-aggregator-0/secondary/dump.bin.${String(part)}`,
  )
  for (const { stream, delivered, duplicated, lost, stranded } of streams) {
    const arrived = numbersIn('collector/arrivals.raw', stream)
    const distinct = new Set(arrived)
    const held = new Set(secondaries.flatMap((file) => numbersIn(file, stream)))
    const numbers = Array.from({ length: 240 }, (_, index) => index + 1)
    const missing = numbers.filter((seq) => !distinct.has(seq))
    expect({ delivered, duplicated, lost, stranded }).toEqual({
      delivered: distinct.size,
      duplicated: arrived.length - distinct.size,
      lost: missing.filter((seq) => !held.has(seq)).length,
      stranded: missing.filter((seq) => held.has(seq)).length,
    })
  }
})

test('where the accounting fails, the run proves nothing and says so; damaged input is an error', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'gapless-test-'))
  try {
    cpSync(`${stored}run`, directory, { recursive: true })
    writeFileSync(path.join(directory, 'collector', 'arrivals.ndjson'), 'nonsense\n{}\n')
    await expect(analyze(directory)).rejects.toThrow('arrivals.ndjson')
    const result = await analyze(directory, { asFound: true })
    expect(result).toMatchObject({ verdict: 'inconclusive', totals: { sent: 0, lost: 0 }, recovery: null })
    expect(result.reasons[0]).toMatch(/^the accounting failed: .*arrivals\.ndjson/)
    expect(result.reasons).not.toContain('nothing was sent')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
