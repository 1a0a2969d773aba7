import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createVitest } from 'vitest/node'
import { mutants } from './mutants.mjs'

/**
 * `npm run mutation [ID...]`: puts one bug at a time into a copy of the sources and asks the tests of its folder and
 * the self-check. Fails where a bug gets through, or where it can no longer be put in.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = process.argv.slice(2)
const chosen = mutants.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
const startedAtMs = Date.now()

const copy = mkdtempSync(path.join(tmpdir(), 'gapless-mutation-'))
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    rmSync(copy, { recursive: true, force: true })
    process.exit(130)
  })
let vitest
try {
  for (const name of ['src', 'scenarios', 'mutation', 'fixtures', 'package.json', 'tsconfig.json'])
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  vitest = await createVitest(
    'test',
    {
      root: copy,
      config: false,
      watch: false,
      include: ['src/**/*.test.ts', 'mutation/*.test.mjs'],
      reporters: [{}],
      // One worker at a time, so that a mutant costs one start of one.
      fileParallelism: false,
      isolate: false,
      pool: 'threads',
      testTimeout: 60_000,
      env: { CI: 'true' },
    },
    // A file that is mutated is told to vitest by name; watching for it would be too late.
    { server: { watch: null } },
  )
  await vitest.standalone()
  const untouched = await run([
    'src/account/',
    'src/custody/',
    'src/marker/',
    'src/verdict/',
    'src/analyze/',
    'src/claims/',
    'mutation/',
  ])
  if (untouched.failed.length > 0) {
    process.stderr.write(`The tests fail as they are: ${untouched.failed.join(', ')}\n`)
    process.exitCode = 1
  } else {
    await mutateAll()
  }
} finally {
  await vitest?.close()
  rmSync(copy, { recursive: true, force: true })
}

async function mutateAll() {
  const outcomes = []
  for (const mutant of chosen) {
    const outcome = await mutate(mutant)
    outcomes.push(outcome)
    process.stdout.write(`${outcome.verdict.padEnd(9)} ${mutant.id.padEnd(26)} ${outcome.by.join(', ')}\n`)
  }
  const bad = outcomes.filter(({ verdict }) => verdict !== 'killed')
  for (const { mutant, verdict } of bad)
    process.stdout.write(`\n${verdict}: ${mutant.id} (${mutant.file}) ${mutant.breaks}\n`)
  const bySelfCheck = outcomes.filter(({ by }) => by.includes('self-check')).length
  const seconds = Math.round((Date.now() - startedAtMs) / 1000)
  process.stdout.write(
    `\n${outcomes.length - bad.length} of ${outcomes.length} mutants killed, ${bySelfCheck} of them by the self-check (${seconds} s)\n`,
  )
  process.exitCode = bad.length > 0 ? 1 : 0
}

/** Verdicts are tested by themselves and in whole runs; the self-check is about counting and sees no more than a run. */
function testedIn(folder) {
  if (folder === 'claims') return ['src/claims/']
  return folder === 'verdict' ? ['src/verdict/', 'src/analyze/'] : [`src/${folder}/`, 'mutation/']
}

async function mutate(mutant) {
  const file = path.join(copy, mutant.file)
  const source = readFileSync(file, 'utf8')
  if (source.split(mutant.search).length !== 2) return { mutant, verdict: 'misplaced', by: [] }
  // A function, since $ means something in a replacement.
  writeFileSync(
    file,
    source.replace(mutant.search, () => mutant.replace),
  )
  vitest.invalidateFile(file)
  const { failed, broken } = await run(testedIn(mutant.file.split('/')[1]))
  writeFileSync(file, source)
  vitest.invalidateFile(file)
  if (broken.length > 0) return { mutant, verdict: 'broken', by: broken }
  return { mutant, verdict: failed.length > 0 ? 'killed' : 'SURVIVED', by: failed }
}

/** The tests in some folders (`mutation/` is the self-check): which of them failed, or never started. */
async function run(parts) {
  const specifications = (await vitest.globTestSpecifications()).filter(({ moduleId }) =>
    parts.some((part) => path.relative(copy, moduleId).startsWith(part)),
  )
  const asked = new Set(specifications.map(({ moduleId }) => moduleId))
  const { testModules } = await vitest.runTestSpecifications(specifications)
  // Results of earlier runs are among these.
  const modules = testModules.filter(({ moduleId }) => asked.has(moduleId))
  const named = (chosen) =>
    chosen.map(({ moduleId }) =>
      moduleId.endsWith('instrument.test.mjs')
        ? 'self-check'
        : path.relative(path.join(copy, 'src'), moduleId),
    )
  return {
    failed: named(modules.filter((module) => module.state() === 'failed')),
    // Where not even its file could be read, a test has shown nothing about the bug.
    broken: named(modules.filter((module) => module.errors().length > 0)),
  }
}
