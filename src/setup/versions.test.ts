import { describe, expect, test } from 'vitest'
import { isGaplessError } from '../errors.js'
import {
  chooseVersion,
  compareVersions,
  defaultIsNewest,
  isVersionRequest,
  satisfies,
  type Release,
} from './versions.js'

const releases: readonly Release[] = [
  { version: '1.8.1', requiredRuby: '>= 2.4' },
  { version: '1.9.0', requiredRuby: '>= 2.4' },
  { version: '1.18.0', requiredRuby: '>= 2.7' },
  { version: '1.16.2', requiredRuby: '>= 2.4' },
  { version: '1.16.11', requiredRuby: '>= 2.4' },
  { version: '1.19.4', requiredRuby: '>= 3.2' },
  { version: '1.20.1', requiredRuby: '< 5&>= 3.3' },
]

/** Message and hint of what `chooseVersion` throws. */
function refusal(wanted: string, ruby: string): { message: string; hint: string | undefined } {
  try {
    const chosen = chooseVersion(wanted, ruby, releases)
    throw new Error(`chose ${chosen}`)
  } catch (error) {
    if (!isGaplessError(error)) throw error
    expect(error.code).toBe('requirement-missing')
    return { message: error.message, hint: error.hint }
  }
}

test('versions are compared by number', () => {
  expect(['1.10.0', '1.9.3', '1.16', '1.9.0'].toSorted(compareVersions)).toEqual([
    '1.9.0',
    '1.9.3',
    '1.10.0',
    '1.16',
  ])
  expect(compareVersions('3.2', '3.2.0')).toBe(0)
})

test.each([
  ['3.1.2', '>= 3.2', false],
  ['3.2.0', '>= 3.2', true],
  ['3.1.2', '< 4.0&>= 2.7', true],
  ['4.0.0', '< 4.0&>= 2.7', false],
  ['1.5.0', '~> 1.4', true],
  ['2.0.0', '~> 1.4', false],
  ['1.4.9', '~> 1.4.2', true],
  ['1.5.0', '~> 1.4.2', false],
  ['1.17.0', '= 1.17.0', true],
  ['1.17.1', '1.17.0', false],
  ['3.1.2', '!= 3.1.2', false],
  ['3.1.2', '> 3.1.2', false],
  ['3.1.2', '<= 3.1.2', true],
  ['3.1.2', '', true],
])('%s satisfies %j: %s', (version, requirement, expected) => {
  expect(satisfies(version, requirement)).toBe(expected)
})

test('the default is the newest release from Ruby 3.2 on', () => {
  expect(['2.7.4', '3.1.9', '3.2.0', '3.10.0', '4.0.1'].map(defaultIsNewest)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ])
})

test('versions are told from paths', () => {
  expect(['1.16.4', '1.16', 'latest'].every(isVersionRequest)).toBe(true)
  expect(['./1.16.4', '/opt/fluentd', 'fluentd', '1', '1.16.4.rc1'].some(isVersionRequest)).toBe(false)
})

describe('choosing a version', () => {
  test.each([
    ['1.16.2', '3.1.2', '1.16.2'],
    ['1.16', '3.1.2', '1.16.11'],
    ['1.9', '3.1.2', '1.9.0'],
    ['latest', '3.1.2', '1.18.0'],
    ['latest', '3.2.0', '1.19.4'],
    ['latest', '3.4.1', '1.20.1'],
  ])('%s on Ruby %s is %s', (wanted, ruby, expected) => {
    expect(chooseVersion(wanted, ruby, releases)).toBe(expected)
  })

  test('one that does not exist names the newest of its minor version, or the neighbours', () => {
    expect(refusal('1.16.99', '3.1.2').message).toBe(
      'There is no Fluentd 1.16.99. The newest of 1.16 is 1.16.11.',
    )
    expect(refusal('1.17.9', '3.1.2').message).toBe(
      'There is no Fluentd 1.17.9. The nearest are 1.16.11 and 1.18.0.',
    )
    expect(refusal('2.0.0', '3.1.2').message).toBe('There is no Fluentd 2.0.0. The newest is 1.20.1.')
  })

  test('one that wants a later Ruby says so, and which is the newest that can run', () => {
    const { message, hint } = refusal('1.20.1', '3.1.2')
    expect(message).toBe('Fluentd 1.20.1 needs Ruby < 5, >= 3.3; this is Ruby 3.1.2.')
    expect(hint).toContain('The newest Fluentd that it can run is 1.18.0: --fluentd 1.18.0.')
    expect(refusal('1.20', '3.1.2').message).toBe(message)
  })

  test('one before 1.9 is refused, though it exists', () => {
    expect(refusal('1.8.1', '3.1.2').message).toBe(
      'gapless works with Fluentd 1.9.0 and later; 1.8.1 is older.',
    )
  })
})
