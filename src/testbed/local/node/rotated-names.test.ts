import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planRotation, rotatedName } from './rotated-names.js'

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 999)

describe('rotatedName', () => {
  it('is the file with the second of the rotation', () => {
    expect(rotatedName('0.log', [], nowMs)).toBe('0.log.20260102-030405')
  })

  it('takes the next free second, so that nothing is overwritten', () => {
    expect(rotatedName('0.log', ['0.log.20260102-030405'], nowMs)).toBe('0.log.20260102-030406')
    expect(rotatedName('0.log', ['0.log.20260102-030407.gz', '0.log.20260102-030404'], nowMs)).toBe(
      '0.log.20260102-030408',
    )
  })

  it('gives names that sort by age, however quickly they follow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_500), { maxLength: 20 }), (pausesMs) => {
        const names: string[] = []
        let atMs = nowMs
        for (const pauseMs of pausesMs) names.push(rotatedName('3.log', names, (atMs += pauseMs)))
        expect(new Set(names).size).toBe(names.length)
        expect(names).toEqual([...names].sort())
      }),
    )
  })
})

describe('planRotation', () => {
  const rotated = ['0.log.20260102-030403.gz', '0.log.20260102-030405', '0.log.20260102-030404.gz']

  it('keeps all but two of the files that may be there, the newest, and compresses them', () => {
    expect(planRotation(rotated, 5)).toEqual({
      unused: [],
      excess: [],
      compress: ['0.log.20260102-030405'],
    })
    expect(planRotation(rotated, 3)).toEqual({
      unused: [],
      excess: ['0.log.20260102-030403.gz', '0.log.20260102-030404.gz'],
      compress: ['0.log.20260102-030405'],
    })
    expect(planRotation(rotated, 2).excess).toHaveLength(3)
  })

  it('removes what an interrupted compression has left', () => {
    const left = ['0.log.20260102-030403', '0.log.20260102-030403.gz', '0.log.20260102-030404.tmp']
    expect(planRotation(left, 5)).toEqual({
      unused: ['0.log.20260102-030403', '0.log.20260102-030404.tmp'],
      excess: [],
      compress: [],
    })
  })
})
