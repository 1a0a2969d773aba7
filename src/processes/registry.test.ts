import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cleanRun, listLeftovers } from './clean.js'
import { isAlive, processRef, signalProcess } from './identity.js'
import { findRegistry, listRuns, registerRun } from './registry.js'
import { stateDirectory } from './state-directory.js'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gapless registry '))
  vi.stubEnv('GAPLESS_CACHE', directory)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

describe('stateDirectory', () => {
  it('is what the environment says, else in the home directory', () => {
    expect(stateDirectory({ GAPLESS_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
    expect(stateDirectory({ XDG_CACHE_HOME: '/b' })).toBe('/b/gapless')
    expect(stateDirectory({})).toMatch(/\/\.cache\/gapless$/)
  })
})

describe('a process', () => {
  it('is known by its id and its start time', () => {
    const self = processRef(process.pid)
    expect(self?.pid).toBe(process.pid)
    expect(self && isAlive(self)).toBe(true)
    expect(isAlive({ pid: process.pid, startTime: '1-00000000' })).toBe(false)
  })

  it('is not signalled when another has its id by now', () => {
    expect(signalProcess({ pid: process.pid, startTime: '1-00000000' }, 'SIGCONT')).toBe(false)
  })
})

describe('the registry', () => {
  const other = { pid: 4711, startTime: '99-abcdef01', command: 'fluentd -c x' }

  it('holds what a run has started, until it is removed', () => {
    const run = registerRun({ runId: 'r1', directory: '/runs/r1' })
    run.registerProcess('supervisor of node-1', other)
    run.registerScratch('/runs/r1/testbed')
    run.registerDocker('r1')
    run.registerNamespace({ controlPlane: 'c-control-plane', kubectl: ['kubectl'], namespace: 'r1' })
    expect(listRuns()).toEqual([
      {
        runId: 'r1',
        file: join(directory, 'runs', 'r1.ndjson'),
        directory: '/runs/r1',
        gapless: processRef(process.pid),
        startedAtMs: expect.any(Number) as number,
        detached: false,
        processes: [{ role: 'supervisor of node-1', process: other }],
        scratch: ['/runs/r1/testbed'],
        dockerOwners: ['r1'],
        namespaces: [{ controlPlane: 'c-control-plane', kubectl: ['kubectl'], namespace: 'r1' }],
      },
    ])
    expect(findRegistry('r1')?.file).toBe(run.file)
    run.remove()
    expect(listRuns()).toEqual([])
    expect(findRegistry('r1')).toBeUndefined()
  })

  it('reads past a line that a kill has cut short', () => {
    const run = registerRun({ runId: 'r1', directory: '/runs/r1' })
    run.registerProcess('collector', other)
    appendFileSync(run.file, '{"type":"process","role":"conta')
    expect(listRuns().map((found) => found.processes.length)).toEqual([1])
  })

  it('refuses an id twice, and one that leads elsewhere', () => {
    registerRun({ runId: 'r1', directory: '/runs/r1' })
    expect(() => registerRun({ runId: 'r1', directory: '/runs/r1' })).toThrow(
      'A run r1 is registered already',
    )
    expect(() => registerRun({ runId: '../r1', directory: '/runs/r1' })).toThrow(
      '"../r1" cannot be the id of a run',
    )
  })

  it('does not offer a run under way for cleaning, and refuses to clean it', async () => {
    const run = registerRun({ runId: 'r1', directory: '/runs/r1' })
    expect(await listLeftovers()).toEqual([])
    await expect(cleanRun('r1')).rejects.toThrow('Run r1 is under way')
    expect(existsSync(run.file)).toBe(true)
  })

  it('cleans a detached run of which nothing runs, but no directory that does not bear its mark', async () => {
    const run = registerRun({ runId: 'r1', directory: '/runs/r1' })
    run.registerProcess('collector', { ...other, pid: process.pid })
    run.registerScratch(directory)
    run.markDetached()
    expect((await listLeftovers()).map((left) => left.processes)).toEqual([[]])
    expect(await cleanRun('r1')).toEqual({ ended: [], removed: [], objects: [], namespaces: [] })
    expect(existsSync(directory)).toBe(true)
    expect(existsSync(run.file)).toBe(false)
  })
})
