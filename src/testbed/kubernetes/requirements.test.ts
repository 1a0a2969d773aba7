import { expect, test } from 'vitest'
import { cgroupFindings } from './requirements.js'

test('cgroups of version 1 are worth a warning, and no more', () => {
  expect(cgroupFindings('1')).toMatchObject([
    { what: 'cgroups', ok: true, warning: true, found: 'version 1, which Kubernetes takes up to 1.34' },
  ])
  expect(cgroupFindings('2')).toEqual([{ what: 'cgroups', ok: true, found: 'version 2' }])
})

test('what Docker does not tell is not told', () => {
  expect(cgroupFindings('')).toEqual([])
})
