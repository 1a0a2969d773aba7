#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { gaplessVersion } from '../package-root.js'
import { analyzeCommand } from './analyze.js'
import { claimsCommand, type ClaimsArguments } from './claims.js'
import { clean } from './clean.js'
import { doctor } from './doctor.js'
import { exitCodeOf, exitCodes } from './exit-code.js'
import { list, type ListArguments } from './list.js'
import { printError } from './print-error.js'
import { run, type RunArguments } from './run.js'

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= min) return number
    throw new InvalidArgumentError(`Write a whole number from ${String(min)}.`)
  }
}

const collect = (value: string, before: readonly string[] = []) => [...before, value]

function program(exit: (code: number) => void): Command {
  const gapless = new Command('gapless')
    .description('Breaks a Fluentd log pipeline on purpose and accounts for every line.')
    .version(gaplessVersion)
    .showSuggestionAfterError()
    .exitOverride()

  gapless
    .command('run')
    .description('run scenarios and say what was lost, duplicated, reordered, late, and where')
    .argument(
      '[SCENARIO...]',
      'a name, a glob over names, or the path of a scenario file; all of them where none is given',
    )
    .option('--variant <NAME>', 'only this variant, of a scenario that has several')
    .option('--testbed <NAME>', 'what the pipeline runs on', 'local')
    .option('--profile <NAME>', 'knobs to start from: hardened or naive')
    .option('--knob <NAME=VALUE>', 'set one knob of the pipeline (repeatable)', collect)
    .option('--seed <N>', 'draws line sizes, noise and timing; the same seed repeats them', wholeNumber(0))
    .option('--repeat <N>', 'run each scenario N times, with seeds that count up', wholeNumber(1), 1)
    .option(
      '--fluentd <VERSION|PATH>',
      'a version; here also a program or gem directory, on a cluster also an image',
    )
    .option('--node-image <IMAGE>', "of a kind cluster's nodes")
    .option('--k0s <VERSION|PATH>', "k0s on a k0s cluster's machines")
    .option('--upgrade-to <VERSION|PATH>', 'k0s that workers are upgraded to')
    .option('--reuse', 'keep one warm cluster, and give each run a namespace of it')
    .option('--keep', 'leave the pipeline running afterwards; `gapless clean` ends it')
    .option('--out <DIR>', 'where reports go', 'reports')
    .option('--json', 'print one JSON document on stdout, and progress on stderr')
    .option('--no-color', 'plain text')
    .action(async (selectors: string[], args: RunArguments) => {
      exit(await run(selectors, args))
    })

  gapless
    .command('list')
    .description('scenarios with what they prove, what they need, and where they can run')
    .option('--knobs', 'the knobs of the pipeline instead')
    .option('--json', 'as JSON')
    .action(async (args: ListArguments) => {
      exit(await list(args))
    })

  gapless
    .command('doctor')
    .description('what is there, what is missing, and how to get it')
    .action(async () => {
      exit(await doctor())
    })

  gapless
    .command('analyze')
    .description('judge a stored run again, without a testbed')
    .argument('<RUN_DIR>', 'for example reports/latest')
    .option('--json', 'print one JSON document on stdout')
    .option('--no-color', 'plain text')
    .action(async (directory: string, args: { json?: boolean; color: boolean }) => {
      exit(await analyzeCommand(directory, args))
    })

  gapless
    .command('claims')
    .description('what readers ask and articles claim, and what stored runs measured')
    .option('--out <DIR>', 'where the reports are', 'reports')
    .option('--markdown', 'as docs/claims.md')
    .option('--json', 'as JSON')
    .action(async (args: ClaimsArguments) => {
      exit(await claimsCommand(args))
    })

  gapless
    .command('clean')
    .description('end and remove what killed runs left, and only that')
    .option('--dry-run', 'only say what would be done')
    .option('--warm', 'delete also the warm cluster that --reuse keeps')
    .action(async (args: { dryRun?: boolean; warm?: boolean }) => {
      exit(await clean(args))
    })

  return gapless
}

async function main(): Promise<number> {
  let code: number = exitCodes.pass
  try {
    await program((status) => {
      code = status
    }).parseAsync()
  } catch (error) {
    // Commander has printed its message already; asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage
    printError(error)
    return exitCodeOf(error)
  }
  return code
}

// The only place that ends the process: handles that are still open must not keep a finished command alive.
process.exit(await main())
