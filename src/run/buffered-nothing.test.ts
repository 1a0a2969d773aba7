import { mkdtempSync, openSync, closeSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type BufferStatus } from '../pipeline/monitor.js'
import { type Pod } from '../testbed/contract.js'
import { openFiles } from '../processes/open-files.js'
import { countsBytesOfNothing } from './buffered-nothing.js'

const status: BufferStatus = {
  bytes: 1000,
  memoryBytes: 0,
  waitingChunks: 0,
  nextRetryAtMs: null,
  longestFlushMs: 1000,
  longestRetryMs: 0,
}

/** A pod whose only process is this one. */
const pod = (pid = process.pid) => ({ openFiles: () => Promise.resolve(openFiles(pid)) }) as unknown as Pod

test.runIf(process.platform === 'linux')(
  'bytes are of nothing only where no chunk waits and none is open, a deleted one included',
  async () => {
    expect(await countsBytesOfNothing(pod(), status)).toBe(true)
    expect(await countsBytesOfNothing(pod(), { ...status, waitingChunks: 1 })).toBe(false)
    expect(await countsBytesOfNothing(pod(), { ...status, waitingChunks: null })).toBe(false)
    expect(await countsBytesOfNothing(pod(), { ...status, memoryBytes: 1 })).toBe(false)
    expect(await countsBytesOfNothing(pod(2 ** 30), status)).toBe(false)

    const directory = mkdtempSync(path.join(tmpdir(), 'gapless-test-'))
    const chunk = openSync(path.join(directory, 'buffer.q660ee75dac3f4ec03c4113dc0d070474.log'), 'w')
    rmSync(directory, { recursive: true })
    expect(await countsBytesOfNothing(pod(), status)).toBe(false)
    closeSync(chunk)
    expect(await countsBytesOfNothing(pod(), status)).toBe(true)
  },
)
